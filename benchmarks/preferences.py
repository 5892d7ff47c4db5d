"""Measure what preferences cost a broadcast: when nobody has chosen, and when one user in ten has switched the app off or to quiet.

Chunks of 500 recipients are written in pairs: one by the program, one without decisions and their columns. Both run in this process
on one database, a few milliseconds apart, so that neighbours slow down both alike. PostgreSQL's connections count too.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil
from sqlalchemy import Connection, bindparam, insert, select, text

from benchmarks import people
from benchmarks.usage import cpu_seconds
from notifier import create_app, database
from notifier.database.json_sql import json_array
from notifier.models import Inbox, Message, Notification
from notifier.models.columns import now
from notifier.services.messages import arrivals, audience_chunks, inbox_writes
from notifier.services.messages.arrivals import Arrival, Arrivals, Facts
from notifier.services.messages.send import CHUNK_SIZE, Draft, send
from tests.servers import Postgres

_CHOOSE = text(
    "INSERT INTO choices (category_id, user_id, channel, value, changed_at) SELECT categories.id, users.id, 'in_app',"
    " CASE WHEN users.id % 20 = 0 THEN 'off' ELSE 'quiet' END, CURRENT_TIMESTAMP FROM categories, users WHERE users.id % 10 = 0"
)
_FACTS = database.Prepared(select(*arrivals._FACTS).where(Message.id == bindparam("message", type_=Message.id.type)))
_VALUES = (Inbox.user_id, inbox_writes._MESSAGE, inbox_writes._STATUS, Inbox.seq, Inbox.seq, Inbox.seq, inbox_writes._WHEN)
_ROWS = select(*_VALUES).where(inbox_writes._RECIPIENTS)
_INSERT = database.Prepared(insert(Notification).from_select(inbox_writes._COLUMNS[:7], _ROWS, include_defaults=False))
_USUAL = Arrivals(Arrival(), {}, ())


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="benchmarks.preferences", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=10_000, help="default %(default)s; more than are written at once (500)")
    parser.add_argument("--broadcasts", type=int, default=20, help="default %(default)s")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own, with fsync")
    options = parser.parse_args()
    with ExitStack() as life:
        directory = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="notifier-bench-")))
        postgres = life.enter_context(Postgres()) if options.postgres else None
        url = f"sqlite:///{directory / 'bench.db'}" if postgres is None else postgres.create_database()
        settings = {"NOTIFIER_DATABASE_URL": url, "NOTIFIER_SECRET_KEY": "m" * 40}
        life.enter_context(patch.dict(os.environ, settings))
        people.populate(options.users, 0, os.environ)
        life.enter_context(create_app().app_context())
        _measure("nobody has chosen", 1.05, options.broadcasts, postgres)
        with database.write() as transaction:
            transaction.execute(_CHOOSE)
        _measure("one in ten has", 1.5, options.broadcasts, postgres)


def _measure(who: str, goal: float, broadcasts: int, postgres: Postgres | None) -> None:
    _broadcast(postgres)  # it only warms up
    pairs = [pair for _ in range(broadcasts) for pair in _broadcast(postgres)]
    without, with_ = map(statistics.median, zip(*pairs, strict=True))
    low, ratio, high = statistics.quantiles([with_ / without for without, with_ in pairs], n=4)
    print(f"{who}: {with_:.2f} ms of processor time a chunk, {without:.2f} without preferences; by pairs", end=" ")
    print(f"{ratio:.3f} (quartiles {low:.2f} and {high:.2f}), goal {goal:g}; {len(pairs)} pairs, load {os.getloadavg()[0]:.1f}")


def _broadcast(postgres: Postgres | None) -> list[tuple[float, float]]:
    """Send to all. Returns the milliseconds of each pair of chunks: without and with preferences."""
    recipients = send(Draft.model_validate({"to": "all", "title": "Broadcast", "message": "x" * 200})).recipients
    pairs = []
    for _ in range(recipients // CHUNK_SIZE // 2):
        first, second = random.sample((_without, audience_chunks.step), 2)
        cost = {step: _cost(step, postgres) for step in (first, second)}
        pairs.append((cost[_without], cost[audience_chunks.step]))
    while audience_chunks.step():
        pass
    return pairs


def _without() -> None:
    """Write a chunk as if there were no preferences."""
    facts = patch.object(arrivals, "facts", lambda connection, message_id: Facts(*_FACTS.first(connection, message=message_id)))
    with facts, patch.object(arrivals, "arrivals", lambda *_: _USUAL), patch.object(inbox_writes, "_insert", _insert):
        audience_chunks.step()


def _insert(transaction: Connection, message_id: int, recipients: Sequence[int], _: Arrivals) -> list[Any]:
    ids = json_array(recipients)
    heads = inbox_writes._COUNT_UP.all(transaction, recipients=ids, unread_more=1)
    _INSERT.execute(transaction, status=_USUAL.usual.status.value, recipients=ids, message=message_id, when=now())
    return heads


def _cost(step: Any, postgres: Postgres | None) -> float:
    """Milliseconds of processor time."""
    before, began_at = _of_connections(postgres), time.process_time()
    step()
    used = time.process_time() - began_at
    return 1e3 * (used + _of_connections(postgres) - before)


def _of_connections(postgres: Postgres | None) -> float:
    """Seconds of processor time of PostgreSQL's connections."""
    used = 0.0
    for process in psutil.Process(postgres.pid).children() if postgres else ():
        with suppress(psutil.NoSuchProcess, FileNotFoundError):
            if "autovacuum" not in (title := " ".join(process.cmdline())) and "test_" in title:
                used += cpu_seconds([process.pid])
    return used


if __name__ == "__main__":
    main()
