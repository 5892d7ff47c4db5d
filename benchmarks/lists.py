"""Compare lists and counts of an inbox in a table of 1,000 and of 1,000,000 notifications.

The inbox contains 1,000 unread ones in both; the others belong to other users. Times are medians of calls in this process.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import insert, text

from notifier import create_app, database
from notifier.models import Inbox, User
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.accounts import users
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.services.maintenance import schema
from notifier.services.messages import send
from notifier.services.messages.send import Draft

OWN = 1000
TABLES = (1_000, 1_000_000)
CALLS = 200
GOAL = 3.0
_ALL = Filter()

_FILL = """
    INSERT INTO notifications (user_id, message_id, status, seq, body_seq, position, changed_at)
    SELECT users.id, messages.id, 'unread', messages.id - :first, messages.id - :first, messages.id - :first, :now
    FROM users, messages WHERE users.name_key LIKE :who AND messages.id > :first"""


def filled(directory: Path, rows: int) -> Flask:
    """An application whose table contains `rows` notifications, `OWN` of them alice's."""
    app = create_app({"DATABASE_URL": f"sqlite:///{directory / f'{rows}.db'}", "SECRET_KEY": "x" * 40, "INBOX_MAX": 100_000})
    with app.app_context():
        schema.upgrade()
        users.create_user("alice", "correct horse")
        with database.write() as transaction:
            others = [{"name": f"other{n}", "name_key": f"other{n}", "password_hash": "none"} for n in range((rows - OWN) // OWN)]
            for other in others:
                user_id = transaction.scalar(insert(User).values(**other).returning(User.id))
                transaction.execute(insert(Inbox).values(user_id=user_id))
        for number in range(OWN):
            send.send(Draft(to="role:admin", title=f"number {number}", message="some text to search in"))
        with database.write() as transaction:
            for who in ("alice", "other%"):
                transaction.execute(text(_FILL), {"first": 0, "who": who, "now": now()})
            transaction.execute(text("UPDATE inboxes SET seq = :n, unread = :n, kept = :n"), {"n": OWN})
    return app


def calls(user_id: int, public_id: str) -> dict[str, Callable[[], object]]:
    return {
        "count": lambda: inbox.head(user_id),
        "first page": lambda: inbox.listing(user_id, _ALL, limit=20),
        "a page in the middle": lambda: inbox.listing(user_id, _ALL, limit=20, before=OWN // 2),
        "unread only": lambda: inbox.listing(user_id, Filter(status=Status.UNREAD), limit=20),
        "search": lambda: inbox.listing(user_id, Filter(query="number 7"), limit=20),
        "a notification by id": lambda: inbox.get(user_id, public_id),
    }


def median_ms(call: Callable[[], object]) -> float:
    def once() -> float:
        start = time.perf_counter()
        call()
        return (time.perf_counter() - start) * 1000

    return statistics.median(once() for _ in range(CALLS))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        apps = {rows: filled(Path(name), rows) for rows in TABLES}
        times: dict[str, list[float]] = {}
        for app in apps.values():
            with app.app_context():
                alice = users.by_name("alice").id
                newest = inbox.listing(alice, _ALL, limit=1).items[0].public_id
                for what, call in calls(alice, newest).items():
                    times.setdefault(what, []).append(median_ms(call))
    print(f"{'an inbox of 1,000 unread, in a table of':42} {'1,000':>9} {'1,000,000':>10}   ratio   goal < {GOAL:g}")
    for what, (few, many) in times.items():
        print(f"  {what:40} {few:6.2f} ms {many:7.2f} ms {many / few:7.2f}   {'ok' if many / few < GOAL else 'MISSED'}")


if __name__ == "__main__":
    main()
