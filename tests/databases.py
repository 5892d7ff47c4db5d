"""Fresh databases with the project's schema: migrated once for all tests, copied for each test."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from notifier import create_app
from notifier.extensions import db
from notifier.services.maintenance import schema
from tests.memory import once
from tests.servers import Postgres
from tests.servers.notifier import SECRET_KEY

one_database = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""Run the test on SQLite only, for requests that are refused before the database is asked about them."""


class Databases(Protocol):
    """Creates fresh databases.

    `lasting`: holds servers that use a database for longer than one module, and closes them before the databases go.
    """

    lasting: ExitStack

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a new database without users, and remove it afterwards."""


class SqliteDatabases:
    """SQLite files in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.lasting = ExitStack()
        self._directory = directory
        self._template = once("template.db", lambda file: migrate(_sqlite_url(file)))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        copy = self._directory / f"{secrets.token_hex(6)}.db"
        with closing(sqlite3.connect(self._template)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        yield _sqlite_url(copy)
        for file in self._directory.glob(f"{copy.name}*"):
            file.unlink()


class PostgresDatabases:
    """Databases in one running cluster."""

    def __init__(self, cluster: Postgres) -> None:
        self.lasting = ExitStack()
        self._cluster = cluster
        self._template = cluster.create_database()
        migrate(self._template)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        copy = self._cluster.create_database(self._template)
        yield copy
        self._cluster.drop_database(copy)


def migrate(url: str) -> None:
    """Migrate the database at `url` to the project's schema and close the connections to it."""
    with create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}).app_context():
        schema.upgrade()
        db.engine.dispose()


def _sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"
