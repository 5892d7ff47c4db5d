"""The database's schema: check its version and upgrade it."""

from __future__ import annotations

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade as migrate_up
from sqlalchemy import inspect

from notifier import database

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade() -> None:
    """Bring the database to this version's schema. Data is kept."""
    migrate_up(directory=str(MIGRATIONS))


def problem() -> str | None:
    """Why the database cannot be used, or None. Raises `Unavailable` when it does not answer."""
    with database.read() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if there == wanted:
        return None
    return (
        "empty: run `notifier db upgrade`"
        if there is None
        else f"at version {there}, this program needs {wanted}: run `notifier db upgrade`"
    )


def empty() -> bool:
    """Whether the database has no tables at all."""
    with database.read() as connection:
        return not inspect(connection).get_table_names()
