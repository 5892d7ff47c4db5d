"""Connections whose use is bounded in time, and the errors that callers get from a database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import gevent
from flask import current_app
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from notifier.database import idle_connections
from notifier.errors import Unavailable

# No option of the driver notices a frozen PostgreSQL, only a timeout of this process.
ANSWER_TIMEOUT_SECONDS = 3.0
# PostgreSQL's `deadlock_detected`, `serialization_failure` and `lock_not_available`: rolled back in favour of another transaction.
_CONFLICT_CODES = ("40P01", "40001", "55P03")
# PostgreSQL's `read_only_sql_transaction`: a standby, or a primary set to read-only.
_READ_ONLY_CODE = "25006"
# PostgreSQL's `undefined_table` and `undefined_column`: the database is empty, or older than the program.
_NOT_UPGRADED_CODES = ("42P01", "42703")


class TransactionConflict(Unavailable):
    """The transaction was rolled back in favour of a concurrent one. A retry may well succeed."""


@contextmanager
def bounded(engine: Engine, **options: bool) -> Iterator[Connection]:
    """Connect. `options`: execution options.

    Raises `Unavailable` when the database does not answer in time.
    """
    limit = gevent.Timeout(ANSWER_TIMEOUT_SECONDS if engine.dialect.name != "sqlite" else None)
    try:
        with translated(limit.seconds), limit, idle_connections.connect(engine) as connection:
            if options:
                connection.execution_options(**options)
            yield connection
    except gevent.Timeout as timeout:
        if timeout is not limit:
            raise
        current_app.logger.error("database did not answer within %s s", ANSWER_TIMEOUT_SECONDS)
        raise Unavailable("The database does not answer. Try again in a moment.", code="database", retry_after=2) from None


@contextmanager
def translated(limit: float | None = None) -> Iterator[None]:
    """Raise `Unavailable` for errors whose cause is the database, not a statement.

    `limit`: seconds after which what a statement raises is due to its interruption.
    """
    started = time.monotonic()
    try:
        yield
    except PoolTimeout:
        raise busy() from None
    except DBAPIError as error:
        if _sqlstate(error) in _CONFLICT_CODES:
            raise conflict() from error
        if _lacks_tables(error):
            detail = "The database is empty, or older than this program. Run `notifier db upgrade`."
            raise Unavailable(detail, code="database", retry_after=5) from None
        # An interrupted statement may fail again during rollback, with a meaningless error.
        interrupted = limit is not None and time.monotonic() - started >= limit
        if not (interrupted or _is_temporary(error)):
            raise
        current_app.logger.error("database error: %s", error.orig)
        raise gone() from error


def busy() -> Unavailable:
    """The error for a database that is locked or out of connections."""
    return Unavailable("The database is busy. Try again in a moment.", code="busy", retry_after=1)


def conflict() -> TransactionConflict:
    """The error for a transaction that another one has overtaken: `retry_on_conflict` repeats it."""
    return TransactionConflict("The database is busy. Try again in a moment.", code="busy", retry_after=1)


def gone() -> Unavailable:
    """The error for a database that fails, or that was lost."""
    return Unavailable("The database is not available. Try again in a moment.", code="database", retry_after=2)


def _is_temporary(error: DBAPIError) -> bool:
    """Whether the database is the cause, not the statement.

    It is gone, locked, full, read-only, or out of connections.
    """
    return error.connection_invalidated or isinstance(error, OperationalError) or _sqlstate(error) == _READ_ONLY_CODE


def _lacks_tables(error: DBAPIError) -> bool:
    """Whether a table or a column does not exist."""
    return _sqlstate(error) in _NOT_UPGRADED_CODES or str(error.orig).startswith(("no such table:", "no such column:"))


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
