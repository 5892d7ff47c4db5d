"""PostgreSQL: what its driver and SQLAlchemy do otherwise than needed."""

from __future__ import annotations

import select
import time
from typing import Any

from gevent import monkey
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

# A connection that rested longer is asked first whether it is still open, which takes as long as one of the statements of a request. Before
# that it is enough that the server has not sent anything: it says so when it ends a connection.
_FRESH_SECONDS = 1.0
_RETURNED_AT = "notifier_returned_at"
# With all channels a process executes about 150 statements, counting each combination of the parameters' types. psycopg keeps 100, and
# would prepare most of them again and again.
_MAX_PREPARED = 500


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

    event.listen(engine, "connect", _set_up)
    event.listen(engine, "checkin", _returned)
    event.listen(engine, "checkout", check)
    event.listen(engine, "checkout", _forget_read_only)


def _set_up(connection: Any, _record: object) -> None:
    connection.prepared_max = _MAX_PREPARED


def _returned(_connection: object, record: Any) -> None:
    record.info[_RETURNED_AT] = time.monotonic()


def _forget_read_only(connection: Any, _record: object, _proxy: object) -> None:
    """Leave it to the server whether a transaction may write.

    After a reading transaction SQLAlchemy sets `read_only` to False, and psycopg then begins transactions as READ WRITE: a server whose
    operator has set `default_transaction_read_only` would be written to.
    """
    connection.read_only = None


def _has_input(descriptor: int) -> bool:
    """Whether there is something to read, or the end of the connection.

    It does not wait, and so needs no turn of the event loop.
    """
    poll = monkey.get_original("select", "poll")()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
