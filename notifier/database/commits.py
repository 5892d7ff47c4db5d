"""Detection of commits by any process, so that the poll of an idle server costs next to nothing."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from notifier.database.bounded import busy
from notifier.database.engine import read
from notifier.errors import Unavailable
from notifier.extensions import db


class Commits:
    """Whether anything was committed to the database since the last call, by any writer."""

    def __init__(self) -> None:
        self._seen: Any = None
        self._sqlite: Any = None

    def happened(self) -> bool:
        """True after a commit since the last call, and at the first call."""
        before, self._seen = self._seen, None
        self._seen = self._data_version() if db.engine.dialect.name == "sqlite" else self._snapshot()
        return before is None or before != self._seen

    def _data_version(self) -> Any:
        """SQLite counts commits of *other* connections, hence a connection that is used for nothing else."""
        if self._sqlite is None:
            self._sqlite = self._separate_connection()
        try:
            return self._sqlite.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise Unavailable(f"The database is not available: {error}", code="database", retry_after=2) from error

    def _separate_connection(self) -> Any:
        try:
            pooled = db.engine.raw_connection()
        except (PoolTimeout, DBAPIError) as error:
            raise busy() from error
        pooled.detach()
        return pooled.dbapi_connection

    def _snapshot(self) -> Any:
        with read() as connection:
            return connection.scalar(text("SELECT pg_current_snapshot()::text"))
