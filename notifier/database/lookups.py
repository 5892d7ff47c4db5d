"""Single statements that read, of which every request executes one.

On SQLite under gevent they share a connection of their own: nothing yields between their start and their end, and to take a connection
from the pool and put it back costs 30 us, the statement itself 10 (measured).
"""

from __future__ import annotations

from typing import Any

from flask import current_app
from gevent import monkey
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from notifier.database.bounded import bounded, translated
from notifier.database.prepared import Prepared
from notifier.extensions import db

_KEPT = "notifier.lookup_connection"
_ALONE_OPTIONS = {"isolation_level": "AUTOCOMMIT"}


def lookup(statement: Prepared, **parameters: Any) -> Any:
    """The first row of a statement that reads, or None. It needs no transaction to see one snapshot.

    Raises `Unavailable` when the database does not answer in time.
    """
    is_sqlite = db.engine.dialect.name == "sqlite"
    if is_sqlite and monkey.is_module_patched("threading"):
        return _on_kept_connection(statement, parameters)
    with bounded(db.engine, {} if is_sqlite else _ALONE_OPTIONS, transaction=False) as connection:
        return statement.first(connection, **parameters)


def _on_kept_connection(statement: Prepared, parameters: dict[str, Any]) -> Any:
    with translated():
        kept: Connection | None = current_app.extensions.get(_KEPT)
        if kept is None:
            kept = current_app.extensions[_KEPT] = db.engine.connect()
            kept.detach()  # the pool may make another one in its place
        try:
            return statement.first(kept, **parameters)
        except DBAPIError:  # the next call makes another one
            del current_app.extensions[_KEPT]
            kept.close()
            raise
