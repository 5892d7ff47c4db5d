"""The hot path reads by index: no statement of a send, an opening, a poll or a list scans a table that grows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import insert

from notifier import database
from notifier.extensions import db
from notifier.models import AudienceChunk, Category, Message, Notification
from notifier.models.notification import Status
from notifier.services import configured_channels
from notifier.services.accounts import groups, users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.services.messages import audience_chunks, send
from notifier.services.messages.send import Draft
from notifier.services.outbox import steps
from notifier.services.streams import presence
from notifier.services.streams.changed_users import ChangedUsers
from notifier.services.streams.snapshot_reader import SnapshotReader
from tests.statements import noted

SMALL = {"installation", "categories"}
"""Tables that do not grow with use."""
KINDS = re.compile(r"\s*(SELECT|WITH|UPDATE|DELETE|INSERT)")


@pytest.fixture
def alice(app: Flask) -> Account:
    users.create_user("bob", "correct horse battery")
    alice = users.create_user("alice", "correct horse battery")
    groups.create("staff")
    groups.add("staff", "alice")
    return alice


def sending(to: str, **fields: Any) -> Callable[[], object]:
    draft = Draft.model_validate({"to": to, "title": "Hello", **fields})
    return lambda: send.send(draft, sender="user:1", idempotency_key=to)


def test_no_statement_of_the_hot_path_scans_a_table_that_grows(app: Flask, alice: Account) -> None:
    reader, changed = SnapshotReader(app), ChangedUsers()
    changed.read(1)
    with patch.object(send, "CHUNK_SIZE", 1):
        sending("all")()
    with database.read() as connection:
        assert connection.execute(AudienceChunk.__table__.select()).all()
    paths: dict[str, Callable[[], object]] = {
        "send to a user": sending("user:alice"),
        "send to a group": sending("group:staff"),
        "send with a collapse key": sending("user:bob", collapse_key="one"),
        "write a large audience": audience_chunks.step,
        "authenticate a token": lambda: users.by_token(alice.public_id, alice.token_version, None),
        "read for streams": lambda: reader.read([(alice.id, 0)], 1000, listed=True),
        "poll": lambda: changed.read(100),
        "compare heads": lambda: reader.heads([alice.id]),
        "list": lambda: inbox.listing(alice.id, Filter(), limit=20),
    }
    scans = {name: found for name, path in paths.items() if (found := [scan for one in executed(path) for scan in scans_of(*one)])}

    assert not scans


@pytest.mark.postgres
def test_postgres_chooses_the_indexes_from_a_few_thousand_rows_on(app: Flask, alice: Account) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no other choice")
    reader = SnapshotReader(app)
    sent = send.send(Draft(to="user:alice", title="Hello"))
    copy_notification(5000)
    paths: dict[str, Callable[[], object]] = {
        "read for streams": lambda: reader.read([(alice.id, 5001)], 1000, listed=True),
        "change the status": lambda: inbox.set_status(alice.id, sent.id, Status.READ),
        "list": lambda: inbox.listing(alice.id, Filter(), limit=20),
    }
    found = [scan for path in paths.values() for one in executed(path) for scan in scans_of(*one, free=True)]

    assert not [scan for scan in found if scan.lstrip("-> ").startswith(("Seq Scan on notifications", "Seq Scan on messages"))]


def copy_notification(times: int) -> None:
    """Copy the only notification with its message, each copy a change of its own."""
    own = {"public_id": "gen_random_uuid()"}, dict.fromkeys(("message_id", "seq", "position"), "copy.id")
    others = f"generate_series(1, {times})", "messages copy WHERE copy.id > one.message_id"
    with database.write() as transaction:
        for model, given, other in zip((Message, Notification), own, others, strict=True):
            table, columns = model.__tablename__, [column.name for column in model.__table__.columns if column.name != "id"]
            values = ", ".join(given.get(name, f"one.{name}") for name in columns)
            transaction.exec_driver_sql(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} one, {other}")
        transaction.exec_driver_sql("ANALYZE")


def test_the_hot_path_executes_few_statements(app: Flask, alice: Account) -> None:
    """On PostgreSQL each costs a round trip, and one more locks the inboxes of several recipients."""
    reader = SnapshotReader(app)
    draft = Draft(to="user:alice", title="Hello")
    send.send(draft)  # as the first of a process it looks for webhooks

    assert len(executed(lambda: send.send(draft))) == 6
    assert len(executed(lambda: users.by_token(alice.public_id, alice.token_version, None))) == 1
    assert len(executed(lambda: reader.read([(alice.id, 0)], 1000, listed=True))) == 2


def test_channels_add_few_statements_to_a_send_and_no_scan(app: Flask, alice: Account) -> None:
    """None without a channel; one for e-mail, and one for pushes to users who have no device."""
    draft = Draft(to="user:alice", title="Hello")
    send.send(draft)
    own = Draft(to="user:alice", title="At once", type="other_at_once")
    with database.write() as transaction:
        transaction.execute(insert(Category).values(slug="at_once", label="At once", types=["other_at_once"], email="at_once"))

    with reached(app, "email"):
        assert len(executed(lambda: send.send(draft))) == 6 + 1
        assert len(executed(lambda: send.send(own))) == 6 + 2
    with reached(app, "push"):
        assert len(executed(lambda: send.send(draft))) == 6 + 1
    with reached(app, "email", "push"):
        paths = {"send": lambda: send.send(draft), "plan": steps.step}
        scans = {name: found for name, path in paths.items() if (found := [scan for one in executed(path) for scan in scans_of(*one)])}

    assert not scans


@contextmanager
def reached(app: Flask, *names: str) -> Iterator[None]:
    """Turn channels on that send nothing."""
    waits = {"email": None, "push": timedelta(seconds=10)}
    found = {name: SimpleNamespace(name=name, to_users=True, waits=waits[name]) for name in names}
    with patch.dict(app.extensions, {configured_channels.CHANNELS: found}):
        yield


def test_streams_that_an_admin_ends_are_found_without_reading_all(app: Flask) -> None:
    with database.read() as connection:
        ((statement, parameters),) = executed(lambda: presence._ENDING.all(connection, process=1))
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all()
            assert ["ix_stream_visits_process_id" in row[-1] for row in plan] == [True]


def test_a_scan_is_recognised(alice: Account) -> None:
    with database.read() as connection:
        statements = executed(lambda: connection.exec_driver_sql("SELECT count(*) FROM users WHERE label = 'x'"))

    assert [scan for one in statements for scan in scans_of(*one)]


def executed(path: Callable[[], object]) -> list[tuple[str, Any]]:
    """The statements that `path` executes, with their parameters."""
    with noted() as statements:
        path()
    found = [(statement, parameters) for statement, parameters in statements if KINDS.match(statement)]
    assert found
    return found


def scans_of(statement: str, parameters: Any, *, free: bool = False) -> list[str]:
    """Scans of tables that grow in the plan of a statement. Of PostgreSQL: where it has no other choice, unless it is `free`."""
    sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        if not (sqlite or free):
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement, parameters).all()
        connection.rollback()
    lines = [str(row[-1]) for row in rows]
    scanned = [(line, match[1]) for line in lines if (match := re.search(r"^SCAN (\w+)" if sqlite else r"Seq Scan on (\w+)", line))]
    tables = set(db.metadata.tables) - SMALL
    aliases = dict(re.findall(r"(?:FROM|JOIN|UPDATE) (\w+) (?:AS )?(\w+)", statement))
    named = {alias: table for table, alias in aliases.items()}
    return [f"{line} in {statement}" for line, name in scanned if named.get(name, name) in tables]
