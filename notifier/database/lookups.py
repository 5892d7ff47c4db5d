"""Single statements that read: one for every request, and one for every step of the scheduler."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, Engine

from notifier import current
from notifier.database import kept_connections
from notifier.database.bounded import bounded
from notifier.database.engine import clock
from notifier.database.prepared import Prepared
from notifier.extensions import db

_ENGINE = "notifier.engine"


def lookup(statement: Prepared, **parameters: Any) -> Any:
    """The first row of a statement that reads, or None. It needs no transaction to see one snapshot.

    Raises `Unavailable` when the database does not answer in time.
    """
    with _connection() as connection:
        return statement.first(connection, **parameters)


def due(statement: Prepared, **parameters: Any) -> list[Any]:
    """All rows of a statement that reads, whose parameter `now` is the present time of the database.

    Raises as `lookup`.
    """
    with _connection() as connection:
        return statement.all(connection, now=clock(connection), **parameters)


def _connection() -> AbstractContextManager[Connection]:
    engine = _engine()
    if kept_connections.may_keep(engine):
        return kept_connections.kept(engine, kept_connections.READS)
    return bounded(engine)


def _engine() -> Engine:
    """That of the current application.

    Flask-SQLAlchemy takes as long to find it as the driver to read a row.
    """
    extensions = current.app().extensions
    found: Engine | None = extensions.get(_ENGINE)
    if found is None:
        found = extensions[_ENGINE] = db.engine
    return found
