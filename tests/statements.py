"""Statements that are executed, by SQLAlchemy or by the driver itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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

    def execute(connection: Any, statement: str, parameters: Any, *, queue: bool = False) -> Any:
        found.append((statement, tuple(parameters)) if connection.dialect.name == "sqlite" else _by_name(statement, parameters))
        return by_driver(connection, statement, parameters, queue=queue)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with patch.object(prepared, "execute", execute):
            yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _by_name(statement: str, parameters: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """A statement and its parameters as psycopg's cursors take them."""
    by_name = re.sub(r"\$(\d+)", r"%(value_\1)s", statement.replace("%", "%%"))
    return by_name, {f"value_{place}": value for place, value in enumerate(parameters, 1)}
