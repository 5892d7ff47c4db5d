"""PostgreSQL: what its driver and SQLAlchemy do otherwise than needed."""

from __future__ import annotations

from time import monotonic
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

# A connection that was used a moment ago is not asked whether it still lives: that costs a round trip of four that a request takes.
_ALIVE_SECONDS = 1.0
_USED_AT = "used_at"


def prepare(engine: Engine) -> None:
    """Set up the connections of an engine for PostgreSQL."""

    def check(connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:
        """Raise `InvalidatePoolError` for a connection that was lost while it was idle.

        SQLAlchemy then connects again.
        """
        if monotonic() - entry.info.get(_USED_AT, monotonic()) < _ALIVE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkout", check)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _forget_read_only)


def _note_use(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_USED_AT] = monotonic()


def _forget_read_only(connection: Any, _record: object, _proxy: object) -> None:
    """Leave it to the server whether a transaction may write.

    After a reading transaction SQLAlchemy sets `read_only` to False, and psycopg then begins transactions as READ WRITE: a server whose
    operator has set `default_transaction_read_only` would be written to.
    """
    connection.read_only = None
