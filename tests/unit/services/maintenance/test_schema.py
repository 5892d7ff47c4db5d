"""The migrations create exactly the tables of the models.

Old, new and missing schemas are detected.
"""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, select, text

from notifier import create_app, database
from notifier.errors import Unavailable
from notifier.extensions import Base, db
from notifier.models import Installation
from notifier.services.accounts import users
from notifier.services.maintenance import schema
from tests.databases import migrate
from tests.servers import Postgres
from tests.servers.notifier import SECRET_KEY
from tests.waiting import eventually

WITHOUT_RULE = "0012"


def test_migrations_match_the_models(app: Flask) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata) == []


def test_file_names_of_migrations_begin_with_their_revision() -> None:
    """Reading names instead of the files spares every start the import of Alembic."""
    script = ScriptDirectory(str(schema.MIGRATIONS))

    assert schema._known() == set(revisions())
    assert schema._wanted() == script.get_current_head()


def test_current_schema_has_no_problem(app: Flask) -> None:
    assert schema.problem() is None


def set_versions(revision: str, compatible_from: str) -> None:
    with database.write() as transaction:
        transaction.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        transaction.execute(text("UPDATE installation SET compatible_from = :revision"), {"revision": compatible_from})


def head() -> str:
    with database.read() as connection:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def test_problem_of_an_older_schema_names_both_versions(app: Flask) -> None:
    needed = head()
    set_versions("0001", "0001")

    assert schema.problem() == f"at version 0001, this program needs {needed}: run `notifier db upgrade`"


def test_newer_schema_that_this_program_can_use_is_left_alone(app: Flask) -> None:
    set_versions("9999", head())

    assert schema.problem() is None
    schema.upgrade()
    assert head() == "9999"


def test_newer_schema_that_excludes_this_program_is_refused(app: Flask) -> None:
    needed = head()
    set_versions("9999", "9998")

    assert schema.problem() == f"at version 9999, which is too new for this program (it knows {needed}): start a newer one"
    with pytest.raises(Unavailable, match="too new"):
        schema.upgrade()


def test_each_migration_adds_only_what_older_programs_can_ignore(empty: Flask) -> None:
    """One that takes something away writes its revision to `compatible_from`."""
    wrong = []
    with empty.app_context():
        before: dict[str, dict[str, bool]] = {}
        for revision in revisions():
            schema.migrate_to(revision)
            after = columns()
            if revision > WITHOUT_RULE and compatible_from() != revision:
                wrong += [f"{revision} changes {table}" for table in before if not can_be_ignored(before[table], after.get(table, {}))]
            before = after
        db.engine.dispose()

    assert wrong == []


def revisions() -> list[str]:
    return [script.revision for script in ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions()][::-1]


def columns() -> dict[str, dict[str, bool]]:
    """By table and column, whether a row may be inserted without the column."""
    with db.engine.connect() as connection:
        found = inspect(connection)
        return {
            table: {each["name"]: each["nullable"] or each["default"] is not None for each in found.get_columns(table)}
            for table in found.get_table_names()
        }


def can_be_ignored(before: dict[str, bool], after: dict[str, bool]) -> bool:
    return before.keys() <= after.keys() and all(omitted or name in before for name, omitted in after.items())


def compatible_from() -> str:
    with database.read() as connection:
        return str(connection.scalar(text("SELECT compatible_from FROM installation")))


def test_upgrade_keeps_data(app: Flask) -> None:
    users.create_user("alice", "correct horse")
    with database.read() as connection:
        epoch = connection.scalar(select(Installation.epoch))

    schema.upgrade()

    assert users.by_name("alice").epoch == epoch


@pytest.mark.postgres
def test_upgrade_lets_a_reader_of_several_tables_through(postgres: Postgres) -> None:
    """It is the reader that PostgreSQL would end: it is the one who closes the circle."""
    url = postgres.create_database()
    with create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}).app_context():
        schema.migrate_to("0009")
        upgrade = Thread(target=migrate, args=[url])
        with db.engine.connect() as reader:
            reader.execute(text("SELECT 1 FROM notifications"))
            upgrade.start()
            with db.engine.connect() as other:
                eventually(lambda: other.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL")))
            reader.execute(text("SELECT 1 FROM messages"))
        upgrade.join()

        assert schema.problem() is None
        db.engine.dispose()
    postgres.drop_database(url)


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
