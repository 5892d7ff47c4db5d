"""Transactions under gevent, on SQLite and PostgreSQL.

`read()` is one snapshot for any number of statements; `write()` is one transaction. Both bound the time a database may take, also one
that has stopped answering, and return no connection to the pool that could still be busy.
Inside `write()` nothing may yield on SQLite but its own calls (`in_thread`), since the process has one write lock (`joined_writes`).
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, ExceptionContext, text

from notifier.config import Settings
from notifier.database import joined_writes, json_sql, kept_connections, postgres, prepared, sqlite
from notifier.database.bounded import TransactionConflict, bounded
from notifier.errors import Unavailable
from notifier.extensions import db

P = ParamSpec("P")
Result = TypeVar("Result")

POOL_TIMEOUT_SECONDS = 2.0
_MAX_ATTEMPTS = 3
_RETRY_DELAY_SECONDS = (0.01, 0.1)
_CLOCK = prepared.Prepared(text("SELECT clock_timestamp()"))
_READ_CLOCK = "notifier.clock"
_CLOCK_KEPT_SECONDS = 1.0
_CLOCK_LATE_SECONDS = 0.005

_last_write = {"failed": False}


def engine_options(settings: Settings) -> dict[str, Any]:
    """Options that Flask-SQLAlchemy passes to `create_engine`."""
    pool: dict[str, Any] = {
        "pool_size": settings.DB_POOL_SIZE,
        "max_overflow": 0,
        "pool_timeout": POOL_TIMEOUT_SECONDS,
        "pool_use_lifo": True,
    }
    options = pool | {"json_serializer": json_sql.dump, "json_deserializer": json_sql.load}
    options["hide_parameters"] = True  # they are passwords' hashes and people's texts, which no log may hold
    if settings.sqlite:
        return options | {"connect_args": {"timeout": sqlite.BUSY_TIMEOUT_SECONDS, "check_same_thread": False}}
    return options | {"connect_args": {"connect_timeout": 2}}


def hide_values(error: ExceptionContext) -> None:
    """Cut an error of the database to its first line, for logs and tracebacks.

    A listener of SQLAlchemy's `handle_error`.
    """
    for raised in (error.original_exception, error.sqlalchemy_exception):
        if raised is not None:
            raised.args = prepared.first_line(raised)


def retry_on_conflict(work: Callable[P, Result]) -> Callable[P, Result]:
    """Call a function up to three times while it raises `TransactionConflict`.

    For functions that are one transaction, or that may be repeated as a whole.
    """

    @functools.wraps(work)
    def retrying(*args: P.args, **kwargs: P.kwargs) -> Result:
        for _ in range(_MAX_ATTEMPTS - 1):
            try:
                return work(*args, **kwargs)
            except TransactionConflict:
                time.sleep(random.uniform(*_RETRY_DELAY_SECONDS))
        return work(*args, **kwargs)

    return retrying


@contextmanager
def read() -> Iterator[Connection]:
    """Connect for reading: all statements of the block see one snapshot.

    Raises `Unavailable` when the database does not answer in time.
    """
    with bounded(db.engine) as connection, connection.begin():
        if connection.dialect.name != "sqlite":
            postgres.make_snapshot(connection)
        yield connection


def read_at_once() -> AbstractContextManager[Connection]:
    """As `read`, for a block in which nothing yields."""
    engine = db.engine
    return kept_connections.transaction(engine, kept_connections.READS) if kept_connections.may_keep(engine) else read()


@contextmanager
def write() -> Iterator[Connection]:
    """Begin a transaction, committed when the block ends and rolled back when it raises.

    A caller that is interrupted in COMMIT may have committed.
    Raises `Unavailable` when the database does not answer, or is locked by another program, for too long.
    """
    engine = db.engine
    try:
        if engine.dialect.name == "sqlite":
            with joined_writes.write(engine) as connection:
                yield connection
        else:
            with bounded(engine) as connection, connection.begin():
                yield connection
    except Unavailable as error:
        _last_write["failed"] = _last_write["failed"] or error.code == "database"
        raise
    _last_write["failed"] = False


def last_write_failed() -> bool:
    """Whether this process's last write failed because the database refused it or was unreachable."""
    return _last_write["failed"]


def clock(connection: Connection) -> datetime:
    """The present time of the database: the one clock that all processes share.

    Each connection to PostgreSQL reads it once a second and counts on from there, since a tenth of all statements read it. What it returns
    is late by the time that the answer took to arrive, up to 5 ms, and never early.
    """
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    asked_at = time.monotonic()
    instant, answered_at = connection.info.get(_READ_CLOCK, (None, float("-inf")))
    if asked_at >= answered_at + _CLOCK_KEPT_SECONDS:
        instant, answered_at = _CLOCK.scalar(connection), time.monotonic()
        if answered_at <= asked_at + _CLOCK_LATE_SECONDS:
            connection.info[_READ_CLOCK] = (instant, answered_at)
    present: datetime = instant + timedelta(seconds=time.monotonic() - answered_at)
    return present
