"""How each database is spoken to under gevent; nobody else knows. What is SQLite's alone stands in `notifier.database.sqlite`.

`read()` is one snapshot however many statements it takes; `write()` is one transaction. Both bound the time a database may take,
also one that has stopped answering, and never leave a connection behind that could still be busy.
Nothing inside `write()` may yield on SQLite: the process has one write lock. Its COMMIT alone lets the others go on.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

import gevent
from flask import current_app
from gevent.lock import BoundedSemaphore
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from notifier.config import Settings
from notifier.database import sqlite
from notifier.errors import Unavailable
from notifier.extensions import db

P = ParamSpec("P")
Result = TypeVar("Result")

# A frozen PostgreSQL is noticed by no option of its driver, only by a clock of our own.
SERVER_SECONDS = 3.0
POOL_WAIT_SECONDS = 2.0
# PostgreSQL's `deadlock_detected` and `serialization_failure`: rolled back in favour of somebody else's transaction.
_LOST_TO_ANOTHER = ("40P01", "40001")
_ATTEMPTS = 3
_LET_THE_OTHER_PASS_SECONDS = (0.01, 0.1)
# PostgreSQL's `read_only_sql_transaction`: a standby, or a primary told to take none.
_TAKES_NO_WRITES = "25006"

# Not threading's: its release asks who holds the lock, and that lets other greenlets run first.
_write_lock = BoundedSemaphore(1)


def engine_options(settings: Settings) -> dict[str, Any]:
    """What Flask-SQLAlchemy passes to `create_engine`."""
    options: dict[str, Any] = {"pool_size": settings.DB_POOL_SIZE, "max_overflow": 0, "pool_timeout": POOL_WAIT_SECONDS}
    if settings.sqlite:
        return options | {"connect_args": {"timeout": sqlite.BUSY_SECONDS, "check_same_thread": False}}
    return options | {"pool_pre_ping": True, "connect_args": {"connect_timeout": 2}}


class Outdone(Unavailable):
    """The transaction was rolled back because another one could not go on beside it. Tried again, it may well come through."""


def retry_on_conflict(work: Callable[P, Result]) -> Callable[P, Result]:
    """For a function that is one transaction, or may be repeated as a whole: tries it up to three times while it is `Outdone`."""

    @functools.wraps(work)
    def trying(*args: P.args, **kwargs: P.kwargs) -> Result:
        for _ in range(_ATTEMPTS - 1):
            try:
                return work(*args, **kwargs)
            except Outdone:
                time.sleep(random.uniform(*_LET_THE_OTHER_PASS_SECONDS))
        return work(*args, **kwargs)

    return trying


@contextmanager
def read() -> Iterator[Connection]:
    """A connection that sees one state of the database until the block ends.

    Raises `Unavailable` when the database does not answer in time.
    """
    engine = db.engine
    if engine.dialect.name != "sqlite":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with _bounded(engine) as connection:
        yield connection


@contextmanager
def write() -> Iterator[Connection]:
    """A transaction, committed when the block ends and rolled back when it raises. Who is interrupted in COMMIT may have committed.

    Raises `Unavailable` when the database does not answer, or is locked by somebody else, for too long.
    """
    if db.engine.dialect.name != "sqlite":
        with _bounded(db.engine) as connection:
            yield connection
        return
    if not _write_lock.acquire(timeout=sqlite.LOCK_SECONDS):
        raise busy()
    try:
        with _bounded(db.engine.execution_options(**{sqlite.WRITES: True})) as connection:
            yield connection
    finally:
        _write_lock.release()
        if _write_lock.linkcount():
            gevent.sleep(0)  # those who wait are told in the next turn of the loop: by then the next write may have the lock again


def takes_writes(connection: Connection) -> bool:
    """False of a PostgreSQL standby, or one that was told to be read-only. SQLite says so only when it is written to."""
    if connection.dialect.name == "sqlite":
        return True
    refuses = "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean"
    return not connection.scalar(text(refuses))


def clock(connection: Connection) -> datetime:
    """The database's idea of now: the one clock that all processes share."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    instant: datetime = connection.scalar(text("SELECT clock_timestamp()"))
    return instant


@contextmanager
def _bounded(engine: Engine) -> Iterator[Connection]:
    limit = gevent.Timeout(SERVER_SECONDS if engine.dialect.name != "sqlite" else None)
    started = time.monotonic()
    connection: Connection | None = None
    try:
        with limit:
            connection = engine.connect()
            with connection.begin():
                yield connection
    except gevent.Timeout as timeout:
        if timeout is not limit:
            raise
        current_app.logger.error("database did not answer within %s s", SERVER_SECONDS)
        raise Unavailable("The database does not answer. Try again in a moment.", code="database", retry_after=2) from None
    except PoolTimeout:
        raise busy() from None
    except DBAPIError as error:
        if _sqlstate(error) in _LOST_TO_ANOTHER:
            raise Outdone("The database is busy. Try again in a moment.", code="busy", retry_after=1) from error
        # What the limit interrupts may fail once more while it is put back as it was, with an error that means nothing.
        interrupted = limit.seconds is not None and time.monotonic() - started >= limit.seconds
        if not (interrupted or _passing(error)):
            raise
        current_app.logger.error("database error: %s", error.orig)
        raise Unavailable("The database is not available. Try again in a moment.", code="database", retry_after=2) from error
    finally:
        if connection is not None:
            connection.close()


def _passing(error: DBAPIError) -> bool:
    """Whether the database, not the statement, is the trouble: gone, locked, full, read-only, out of connections."""
    return error.connection_invalidated or isinstance(error, OperationalError) or _sqlstate(error) == _TAKES_NO_WRITES


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def busy() -> Unavailable:
    return Unavailable("The database is busy. Try again in a moment.", code="busy", retry_after=1)
