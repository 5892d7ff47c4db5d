"""INSERT with ON CONFLICT, which both databases have, each in a dialect of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from notifier.extensions import Model


def insert(connection: Connection, table: type[Model]) -> Any:
    """As SQLAlchemy's `insert`, with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
