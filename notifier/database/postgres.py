"""PostgreSQL: what its driver and SQLAlchemy do otherwise than needed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import InvalidatePoolError

# A connection that rested longer is asked first whether it is still open, which takes as long as one of the statements of a request. Before
# that it is enough that the server has not sent anything: it says so when it ends a connection.
_FRESH_SECONDS = 1.0
_LOCK_WAIT_MS = 100
_RETURNED_AT = "notifier_returned_at"


def prepare(engine: Engine) -> None:
    """Set up the connections of an engine for PostgreSQL."""

    def check(connection: Any, record: Any, _proxy: object) -> None:
        """Have the pool replace its connections if the server has ended this one."""
        if not is_open(engine.dialect, connection, record.info.get(_RETURNED_AT, 0.0)):
            raise InvalidatePoolError

    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _returned)
    event.listen(engine, "checkout", check)


def make_snapshot(connection: Connection) -> None:
    """Have a transaction read one state of the database. To be called when it begins."""
    bare: Any = connection.connection.dbapi_connection
    bare.queue("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", ())


def bound_lock_waits(transaction: Connection) -> None:
    """Have a transaction raise `TransactionConflict` where another keeps a row locked.

    SQLite locks no rows.
    """
    if transaction.dialect.name != "sqlite":
        bare: Any = transaction.connection.dbapi_connection
        bare.queue(f"SET LOCAL lock_timeout = {_LOCK_WAIT_MS}", ())


def _connect(_dialect: Dialect, _record: object, arguments: Sequence[Any], options: Mapping[str, Any]) -> Any:
    from notifier.database.pipelining import PipeliningConnection  # not for SQLite

    return PipeliningConnection.connect(*arguments, **options)


def _begin(connection: Connection) -> None:
    bare: Any = connection.connection.dbapi_connection
    bare.begin()


def is_open(dialect: Dialect, connection: Any, since: float) -> bool:
    """Whether a connection of the driver, which has rested since a time, is still open."""
    if time.monotonic() - since < _FRESH_SECONDS and not connection.has_input():
        return True
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error:
        return False
    return True


def _returned(_connection: object, record: Any) -> None:
    record.info[_RETURNED_AT] = time.monotonic()
