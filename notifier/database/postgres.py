"""PostgreSQL: what its driver and SQLAlchemy do otherwise than needed."""

from __future__ import annotations

import select
import time
from collections.abc import Mapping, Sequence
from typing import Any

from gevent import monkey
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import InvalidatePoolError

# A connection that rested longer is asked first whether it is still open, which takes as long as one of the statements of a request. Before
# that it is enough that the server has not sent anything: it says so when it ends a connection.
_FRESH_SECONDS = 1.0
_RETURNED_AT = "notifier_returned_at"
SNAPSHOT_OPTION = "notifier_snapshot"
"""The execution option of connections whose transactions read one state of the database, and write nothing."""


def prepare(engine: Engine) -> None:
    """Set up the connections of an engine for PostgreSQL."""

    def check(connection: Any, record: Any, _proxy: object) -> None:
        """Have the pool replace its connections if the server has ended this one."""
        rested = time.monotonic() - record.info.get(_RETURNED_AT, 0.0)
        try:
            if rested >= _FRESH_SECONDS or _has_input(connection.fileno()):
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            raise InvalidatePoolError from None

    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _returned)
    event.listen(engine, "checkout", check)


def _connect(_dialect: Dialect, _record: object, arguments: Sequence[Any], options: Mapping[str, Any]) -> Any:
    from notifier.database.pipelining import PipeliningConnection  # not for SQLite

    return PipeliningConnection.connect(*arguments, **options)


def _begin(connection: Connection) -> None:
    bare: Any = connection.connection.dbapi_connection
    bare.begin(snapshot=connection.get_execution_options().get(SNAPSHOT_OPTION, False))


def _returned(_connection: object, record: Any) -> None:
    record.info[_RETURNED_AT] = time.monotonic()


def _has_input(descriptor: int) -> bool:
    """Whether there is something to read, or the end of the connection.

    It does not wait, and so needs no turn of the event loop.
    """
    poll = monkey.get_original("select", "poll")()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
