"""Single statements that read, of which every request executes one."""

from __future__ import annotations

from typing import Any

from notifier.database import kept_connections
from notifier.database.bounded import bounded
from notifier.database.prepared import Prepared
from notifier.extensions import db


def lookup(statement: Prepared, **parameters: Any) -> Any:
    """The first row of a statement that reads, or None. It needs no transaction to see one snapshot.

    Raises `Unavailable` when the database does not answer in time.
    """
    engine = db.engine
    if kept_connections.may_keep(engine):
        with kept_connections.kept(engine, kept_connections.READS) as connection:
            return statement.first(connection, **parameters)
    with bounded(engine) as connection:
        return statement.first(connection, **parameters)
