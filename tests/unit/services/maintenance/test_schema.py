"""The migrations create exactly the tables of the models.

Old, new and missing schemas are detected.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import select, text

from notifier import create_app, database
from notifier.extensions import Base, db
from notifier.models import Installation
from notifier.services.accounts import users
from notifier.services.maintenance import schema
from tests.servers.notifier import SECRET_KEY


def test_migrations_match_the_models(app: Flask) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata) == []


def test_current_schema_has_no_problem(app: Flask) -> None:
    assert schema.problem() is None


def test_problem_names_both_versions(app: Flask) -> None:
    with database.write() as transaction:
        needed = transaction.scalar(text("SELECT version_num FROM alembic_version"))
        transaction.execute(text("UPDATE alembic_version SET version_num = 'other'"))

    assert schema.problem() == f"at version other, this program needs {needed}: run `notifier db upgrade`"


def test_upgrade_keeps_data(app: Flask) -> None:
    users.create_user("alice", "correct horse")
    with database.read() as connection:
        epoch = connection.scalar(select(Installation.epoch))

    schema.upgrade()

    assert users.by_name("alice").epoch == epoch


def test_each_database_has_its_own_epoch(app: Flask, tmp_path: Path) -> None:
    here = epoch()
    other = create_app({"DATABASE_URL": f"sqlite:///{tmp_path}/other.db", "SECRET_KEY": SECRET_KEY})
    with other.app_context():
        schema.upgrade()
        there = epoch()
        db.engine.dispose()

    assert here != there


def epoch() -> str:
    with database.read() as connection:
        return str(connection.scalars(select(Installation.epoch)).one())


@pytest.fixture
def empty(tmp_path: Path) -> Flask:
    return create_app({"DATABASE_URL": f"sqlite:///{tmp_path}/deep/below/new.db", "SECRET_KEY": SECRET_KEY})


def test_problem_of_an_empty_database_names_the_remedy(empty: Flask) -> None:
    with empty.app_context():
        assert schema.problem() == "empty: run `notifier db upgrade`"
        db.engine.dispose()


def test_upgrade_creates_tables_in_an_empty_database(empty: Flask) -> None:
    with empty.app_context():
        schema.upgrade()

        assert schema.problem() is None
        db.engine.dispose()
