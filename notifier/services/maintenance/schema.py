"""The database's schema: check its version and upgrade it.

Migrations only add what older programs can ignore, so that old and new instances serve one database during an upgrade. A migration that
takes something away writes its own revision to `installation.compatible_from`: programs that do not know it refuse to start.
"""

from __future__ import annotations

import functools
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, inspect, text

from notifier import database
from notifier.database import migration_lock
from notifier.errors import Unavailable
from notifier.extensions import db

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade() -> None:
    """Bring the database to this version's schema. Data is kept.

    One process upgrades at a time, the others wait. A newer schema that this program can use is left as it is; for one that it cannot
    use `Unavailable` is raised.
    """
    if _is_current():
        return
    with migration_lock.held():
        if _is_current():
            return
        with database.read() as connection:
            newer = _is_newer(_revision(connection))
        if newer:
            raise Unavailable(f"The database is {problem()}", code="database")
        migrate_to("head")


def migrate_to(revision: str) -> None:
    """Run the migrations up to `revision`."""
    # Imported here: Alembic takes a tenth of a second of processor time, and most starts need none of it.
    import flask_migrate

    flask_migrate.Migrate(current_app, db)
    flask_migrate.upgrade(directory=str(MIGRATIONS), revision=revision)


def problem() -> str | None:
    """Why the database cannot be used, or None. Raises `Unavailable` when it does not answer."""
    with database.read() as connection:
        there = _revision(connection)
        newer = _is_newer(there)
        oldest = _compatible_from(connection) if newer else None
    if there == _wanted() or oldest in _known():
        return None
    if there is None:
        return "empty: run `notifier db upgrade`"
    if newer:
        return f"at version {there}, which is too new for this program (it knows {_wanted()}): start a newer one"
    return f"at version {there}, this program needs {_wanted()}: run `notifier db upgrade`"


def empty() -> bool:
    """Whether the database has no tables at all."""
    with database.read() as connection:
        return not inspect(connection).get_table_names()


def _is_current() -> bool:
    """Whether the schema is this program's, or a newer one that it can use."""
    return problem() is None


def _is_newer(revision: str | None) -> bool:
    return revision is not None and revision not in _known()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _compatible_from(connection: Connection) -> str | None:
    """The oldest revision whose program may use this database. None where no program has noted it."""
    columns = {column["name"] for column in inspect(connection).get_columns("installation")}
    if "compatible_from" not in columns:
        return None
    oldest: str | None = connection.scalar(text("SELECT compatible_from FROM installation"))
    return oldest


@functools.cache
def _known() -> frozenset[str]:
    """The revisions that this program has migrations to: they are the first part of the files' names."""
    return frozenset(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _wanted() -> str:
    return max(_known())
