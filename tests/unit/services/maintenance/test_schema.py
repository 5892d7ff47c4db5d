"""The tables: made by the migrations, exactly as the models say, and recognised as too old, too new or missing."""

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


def test_the_migrations_make_what_the_models_say(app: Flask) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata) == []


def test_a_database_of_this_version_is_fine(app: Flask) -> None:
    assert schema.trouble() is None


def test_a_database_of_another_version_says_both(app: Flask) -> None:
    with database.write() as transaction:
        needed = transaction.scalar(text("SELECT version_num FROM alembic_version"))
        transaction.execute(text("UPDATE alembic_version SET version_num = 'other'"))

    assert schema.trouble() == f"at version other, this program needs {needed}: run `notifier db upgrade`"


def test_an_upgrade_keeps_what_is_there(app: Flask) -> None:
    users.create_user("alice", "correct horse")
    with database.read() as connection:
        epoch = connection.scalar(select(Installation.epoch))

    schema.upgrade()

    assert users.by_name("alice").epoch == epoch


def test_each_database_tells_a_history_of_its_own(app: Flask, tmp_path: Path) -> None:
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


def test_a_database_without_tables_says_what_to_do(empty: Flask) -> None:
    with empty.app_context():
        assert schema.trouble() == "empty: run `notifier db upgrade`"
        db.engine.dispose()


def test_a_database_without_tables_is_made_ready(empty: Flask) -> None:
    with empty.app_context():
        schema.upgrade()

        assert schema.trouble() is None
        db.engine.dispose()
