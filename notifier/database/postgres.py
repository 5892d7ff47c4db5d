"""PostgreSQL: what its driver and SQLAlchemy do otherwise than needed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event


def prepare(engine: Engine) -> None:
    """Set up the connections of an engine for PostgreSQL."""
    event.listen(engine, "checkout", _forget_read_only)


def _forget_read_only(connection: Any, _record: object, _proxy: object) -> None:
    """Leave it to the server whether a transaction may write.

    After a reading transaction SQLAlchemy sets `read_only` to False, and psycopg then begins transactions as READ WRITE: a server whose
    operator has set `default_transaction_read_only` would be written to.
    """
    connection.read_only = None
