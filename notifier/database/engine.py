"""Transactions under gevent, on SQLite and PostgreSQL.

`read()` is one snapshot for any number of statements; `write()` is one transaction. Both bound the time a database may take, also one
that has stopped answering, and return no connection to the pool that could still be busy.
Nothing inside `write()` may yield on SQLite, since the process has one write lock. Only its COMMIT lets other greenlets run.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

import gevent
from flask import current_app
from gevent.lock import BoundedSemaphore
from sqlalchemy import Connection, Engine, ExceptionContext, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from notifier.config import Settings
from notifier.database import prepared, sqlite
from notifier.errors import Unavailable
from notifier.extensions import db

P = ParamSpec("P")
Result = TypeVar("Result")

# No option of the driver notices a frozen PostgreSQL, only a timeout of this process.
ANSWER_TIMEOUT_SECONDS = 3.0
POOL_TIMEOUT_SECONDS = 2.0
# PostgreSQL's `deadlock_detected` and `serialization_failure`: rolled back in favour of another transaction.
_CONFLICT_CODES = ("40P01", "40001")
_MAX_ATTEMPTS = 3
_RETRY_DELAY_SECONDS = (0.01, 0.1)
# PostgreSQL's `read_only_sql_transaction`: a standby, or a primary set to read-only.
_READ_ONLY_CODE = "25006"
_ALONE_OPTIONS = {"isolation_level": "AUTOCOMMIT"}
_SNAPSHOT_OPTIONS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
# PostgreSQL's `undefined_table` and `undefined_column`: the database is empty, or older than the program.
_NOT_UPGRADED_CODES = ("42P01", "42703")

# Not threading's lock: its release checks the owner, which lets other greenlets run first.
_write_lock = BoundedSemaphore(1)
_last_write = {"failed": False}


def engine_options(settings: Settings) -> dict[str, Any]:
    """Options that Flask-SQLAlchemy passes to `create_engine`."""
    pool: dict[str, Any] = {"pool_size": settings.DB_POOL_SIZE, "max_overflow": 0, "pool_timeout": POOL_TIMEOUT_SECONDS}
    options = pool | {"hide_parameters": True}  # they are passwords' hashes and people's texts, which no log may hold
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


class TransactionConflict(Unavailable):
    """The transaction was rolled back in favour of a concurrent one. A retry may well succeed."""


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
    options = {} if db.engine.dialect.name == "sqlite" else _SNAPSHOT_OPTIONS
    with _bounded(db.engine, options) as connection:
        yield connection


@contextmanager
def lookup() -> Iterator[Connection]:
    """Connect for one `Prepared` statement that reads, and needs no transaction to see one snapshot.

    Raises as `read`.
    """
    options = {} if db.engine.dialect.name == "sqlite" else _ALONE_OPTIONS
    with _bounded(db.engine, options, transaction=False) as connection:
        yield connection


@contextmanager
def write() -> Iterator[Connection]:
    """Begin a transaction, committed when the block ends and rolled back when it raises.

    A caller that is interrupted in COMMIT may have committed.
    Raises `Unavailable` when the database does not answer, or is locked by another program, for too long.
    """
    try:
        with _write_transaction() as connection:
            yield connection
    except Unavailable as error:
        _last_write["failed"] = _last_write["failed"] or error.code == "database"
        raise
    _last_write["failed"] = False


@contextmanager
def _write_transaction() -> Iterator[Connection]:
    if db.engine.dialect.name != "sqlite":
        with _bounded(db.engine, {}) as connection:
            yield connection
        return
    if not _write_lock.acquire(timeout=sqlite.LOCK_TIMEOUT_SECONDS):
        raise busy()
    try:
        with _bounded(db.engine, {sqlite.WRITES_OPTION: True}) as connection:
            yield connection
    finally:
        _write_lock.release()
        if _write_lock.linkcount():
            # Waiters are notified in the next turn of the loop: without it the caller's next write would take the lock again.
            gevent.sleep(0)


def last_write_failed() -> bool:
    """Whether this process's last write failed because the database refused it or was unreachable."""
    return _last_write["failed"]


def clock(connection: Connection) -> datetime:
    """The present time of the database: the one clock that all processes share."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    instant: datetime = connection.scalar(text("SELECT clock_timestamp()"))
    return instant


@contextmanager
def _bounded(engine: Engine, options: Mapping[str, Any], *, transaction: bool = True) -> Iterator[Connection]:
    limit = gevent.Timeout(ANSWER_TIMEOUT_SECONDS if engine.dialect.name != "sqlite" else None)
    started = time.monotonic()
    connection: Connection | None = None
    try:
        with limit:
            connection = engine.connect()
            if options:
                connection.execution_options(**options)
            with connection.begin() if transaction else nullcontext():
                yield connection
    except gevent.Timeout as timeout:
        if timeout is not limit:
            raise
        current_app.logger.error("database did not answer within %s s", ANSWER_TIMEOUT_SECONDS)
        raise Unavailable("The database does not answer. Try again in a moment.", code="database", retry_after=2) from None
    except PoolTimeout:
        raise busy() from None
    except DBAPIError as error:
        if _sqlstate(error) in _CONFLICT_CODES:
            raise TransactionConflict("The database is busy. Try again in a moment.", code="busy", retry_after=1) from error
        if _is_older(error):
            detail = "The database is older than this program. Run `notifier db upgrade`."
            raise Unavailable(detail, code="database", retry_after=5) from None
        # An interrupted statement may fail again during rollback, with a meaningless error.
        interrupted = limit.seconds is not None and time.monotonic() - started >= limit.seconds
        if not (interrupted or _is_temporary(error)):
            raise
        current_app.logger.error("database error: %s", error.orig)
        raise Unavailable("The database is not available. Try again in a moment.", code="database", retry_after=2) from error
    finally:
        if connection is not None:
            connection.close()


def _is_temporary(error: DBAPIError) -> bool:
    """Whether the database is the cause, not the statement.

    It is gone, locked, full, read-only, or out of connections.
    """
    return error.connection_invalidated or isinstance(error, OperationalError) or _sqlstate(error) == _READ_ONLY_CODE


def _is_older(error: DBAPIError) -> bool:
    """Whether a table or a column does not exist."""
    return _sqlstate(error) in _NOT_UPGRADED_CODES or str(error.orig).startswith(("no such table:", "no such column:"))


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def busy() -> Unavailable:
    """The error for a database that is locked or out of connections."""
    return Unavailable("The database is busy. Try again in a moment.", code="busy", retry_after=1)
