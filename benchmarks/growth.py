"""Measure what one operation costs as users, notifications, open streams and processes grow, and plot it with `--plot`.

Users and notifications: processor time of the program and of SQLite, without a network. Each size has a database and a process of its
own. An operation runs in batches, of which the fastest counts: on a shared machine the others measure the neighbours. Streams and
processes: `benchmarks.sends`, processes with Redis on PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import growth_plot, people

_BATCHES = 7
_RUNS = 100
_ROWS_AT_ONCE = 20_000
_USERS = 1000
_IN_PARALLEL, _ROUNDS = "8", "3"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.growth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", default="100,1000,10000,100000", help="numbers of users (default %(default)s)")
    parser.add_argument("--notifications", default="0,10000,100000,1000000", help="of other users, with 1,000 users (default %(default)s)")
    parser.add_argument("--streams", default="10,100,1000,10000", help="open ones, one process on SQLite (default %(default)s)")
    parser.add_argument("--processes", default="1,2,4", help="with 200 streams (default %(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write an SVG")
    parser.add_argument("--one", nargs=2, type=int, metavar=("USERS", "NOTIFICATIONS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_measure(*options.one)))
        return
    panels = {
        "users": {users: _in_a_process(users, 0) for users in _numbers(options.users)},
        "notifications of others": {count: _in_a_process(_USERS, count) for count in _numbers(options.notifications)},
        "open streams": {streams: _sends("--users", str(streams)) for streams in _numbers(options.streams)},
        "processes": {
            processes: _sends("--users", "200", "--workers", str(processes), "--postgres") for processes in _numbers(options.processes)
        },
    }
    for title, rows in panels.items():
        names = list(next(iter(rows.values())))
        print(f"| {title} | " + " | ".join(names) + " |\n|" + " --: |" * (len(names) + 1))
        for size, found in rows.items():
            print(f"| {size:,} | " + " | ".join(f"{found[name]:.0f}" for name in names) + " |")
        print()
    if options.plot:
        options.plot.write_text(growth_plot.drawn(panels))


def _numbers(given: str) -> list[int]:
    return [int(number) for number in given.split(",")]


def _sends(*arguments: str) -> dict[str, float]:
    """Microseconds of an opening and of a POST."""
    with tempfile.NamedTemporaryFile(prefix="notifier-growth-") as file:
        fixed = ("--parallel", _IN_PARALLEL, "--rounds", _ROUNDS, "--json", file.name)
        subprocess.run([sys.executable, "-m", "benchmarks.sends", *arguments, *fixed], check=True, stdout=subprocess.DEVNULL)
        found = json.loads(Path(file.name).read_text())
    return {"opening": 1e3 * found["opening"], "POST": 1e3 * found["cost"][_IN_PARALLEL]}


def _in_a_process(users: int, notifications: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="notifier-growth-") as directory:
        settings = {"DATABASE_URL": f"sqlite:///{directory}/n.db", "SECRET_KEY": "m" * 40, "INBOX_MAX": "20000"}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
        environment |= {f"NOTIFIER_{name}": value for name, value in settings.items()}
        people.populate(users, 0, environment)
        command = [sys.executable, "-m", "benchmarks.growth", "--one", str(users), str(notifications)]
        found = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()).stdout
    costs: dict[str, float] = json.loads(found)
    return costs


def _measure(users_: int, notifications: int) -> dict[str, float]:
    """Microseconds of each operation, by name."""
    from notifier import create_app
    from notifier.services.accounts import users
    from notifier.services.inbox import inbox
    from notifier.services.inbox.filters import Filter
    from notifier.services.messages import retention
    from notifier.services.messages.send import Draft, send
    from notifier.services.streams.changed_users import ChangedUsers
    from notifier.services.streams.snapshot_reader import SnapshotReader

    app = create_app()
    with app.app_context():
        _fill(users_, notifications)
        last = users.by_name(people.name(users_ - 1))
        draft = Draft.model_validate({"to": f"user:{last.name}", "title": "Growth", "message": "x" * 200})
        for _ in range(50):
            send(draft)
        reader, changed = SnapshotReader(app), ChangedUsers()
        changed.read(10)

        sending = _cost(lambda: send(draft))
        behind = users.by_name(last.name).head - 1
        operations: dict[str, Callable[[], object]] = {
            "authenticate": lambda: users.by_token(last.public_id, last.token_version, None),
            "read for a stream": lambda: reader.read([(last.id, behind)], 1000, listed=False),
            "list": lambda: inbox.listing(last.id, Filter(), limit=20),
            "search": lambda: inbox.listing(last.id, Filter(query="growth"), limit=20),
            "count": lambda: inbox.head(last.id),
            "poll": lambda: changed.read(10_000),
            "sweep": retention.sweep_step,
        }
        return {"send": sending} | {name: _cost(operation) for name, operation in operations.items()}


def _fill(users_: int, notifications: int) -> None:
    """Notifications of all users but the last."""
    from sqlalchemy import func, insert, select

    from notifier import database
    from notifier.models import Message, Notification, User
    from notifier.models.columns import now
    from notifier.services.messages.send import Draft, send

    send(Draft.model_validate({"to": f"user:{people.name(0)}", "title": "Filled", "message": "x" * 200}))
    with database.write() as transaction:
        first = int(transaction.scalar(select(func.min(User.id))) or 0)
        columns = [column for column in Message.__table__.columns if column.name not in ("id", "public_id")]
        template = transaction.execute(select(*columns).where(Message.title == "Filled")).one()._asdict()
    for start in range(0, notifications, _ROWS_AT_ONCE):
        with database.write() as transaction:
            ids = range(start + 10_000_000, min(start + _ROWS_AT_ONCE, notifications) + 10_000_000)
            transaction.execute(insert(Message), [{**template, "id": id_, "public_id": str(id_)} for id_ in ids])
            place = {"status": "unread", "changed_at": now()}
            rows = [
                {"user_id": first + id_ % (users_ - 1), "message_id": id_, "seq": id_, "body_seq": id_, "position": id_, **place}
                for id_ in ids
            ]
            transaction.execute(insert(Notification), rows)


def _cost(operation: Callable[[], object]) -> float:
    """Microseconds of processor time."""
    operation()
    batches = []
    for _ in range(_BATCHES):
        began_at = time.process_time()
        for _ in range(_RUNS):
            operation()
        batches.append(time.process_time() - began_at)
    return 1e6 * min(batches) / _RUNS


if __name__ == "__main__":
    main()
