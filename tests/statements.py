"""Statements that are executed, by SQLAlchemy or by the driver itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from notifier.database import prepared
from notifier.extensions import db


@contextmanager
def noted() -> Iterator[list[tuple[str, Any]]]:
    """Yield a list to which each statement of the block is added, with its parameters."""
    found: list[tuple[str, Any]] = []
    by_driver = prepared.execute

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        found.append((statement, parameters[0] if many else parameters))

    def execute(connection: Any, cursor: Any, statement: str, parameters: Any) -> None:
        found.append((statement, tuple(parameters) if isinstance(parameters, list) else parameters))
        by_driver(connection, cursor, statement, parameters)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with patch.object(prepared, "execute", execute):
            yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
