"""`notifier db backup` and `db copy`: the same rows in another database, of either kind."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from notifier import create_app, database
from notifier.extensions import Base, db
from notifier.models import Installation, Process
from notifier.models.columns import now
from notifier.services.accounts import api_keys, deletion, groups, users
from notifier.services.messages.send import Draft, send
from tests.servers import Postgres
from tests.servers.notifier import SECRET_KEY
from tests.unit.cli.conftest import Run

PASSWORD = "correct horse"
Rows = dict[str, list[tuple[Any, ...]]]


@contextmanager
def opened(url: str) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY})
    with app.app_context():
        yield app
        db.engine.dispose()


def fill() -> None:
    """Two users, and a third who was deleted; messages with every kind of value."""
    for name in ("alice", "bob", "carol"):
        users.create_user(name, PASSWORD)
    groups.create("staff")
    groups.add("staff", "alice", manager=True)
    api_keys.create("phone", user="alice", scopes=["read"])
    send(Draft(to="all", title="ünïcode 🎉", message="two\nlines", metadata={"null": None, "list": [1, "x"]}))
    send(Draft(to="user:bob", title="later", send_at=now() + timedelta(days=1)))
    deletion.delete_user(users.by_name("carol"))


def rows() -> Rows:
    with db.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr) for table in Base.metadata.sorted_tables
        }


def rows_at(url: str) -> Rows:
    with opened(url):
        return rows()


def without_epoch(found: Rows) -> Rows:
    return {name: list_ for name, list_ in found.items() if name != "installation"}


def epoch_of(found: Rows) -> Any:
    return found["installation"][0][1]


@pytest.mark.postgres
def test_copy_to_postgres_and_back_is_the_same_database(run: Run, app: Flask, postgres: Postgres, tmp_path: Path) -> None:
    fill()
    there, back = postgres.create_database(), f"sqlite:///{tmp_path}/back.db"

    copied = run("db", "copy", "--to", there)
    assert run("db", "copy", "--to", back, DATABASE_URL=there).exit_code == 0

    assert copied.stdout.startswith("Copied 2 users and 2 notifications in "), copied.output
    assert rows() == rows_at(there) == rows_at(back)
    for url in (there, back):
        with opened(url):
            assert users.create_user("dave", PASSWORD).id == 4  # 3 was carol's
    assert run("db", "backup", str(tmp_path / "backup.db"), DATABASE_URL=there).exit_code == 0
    assert run("db", "check", DATABASE_URL=f"sqlite:///{tmp_path}/backup.db").exit_code == 0
    postgres.drop_database(there)


def test_backup_holds_all_rows_under_an_epoch_of_its_own(run: Run, app: Flask, tmp_path: Path) -> None:
    fill()
    file = tmp_path / "backup.db"

    done = run("db", "backup", str(file))

    assert (done.exit_code, done.stderr) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["backup.db"]
    backed_up = rows_at(f"sqlite:///{file}")
    assert without_epoch(backed_up) == without_epoch(rows())
    assert epoch_of(backed_up) != epoch_of(rows())


def test_backup_leaves_an_existing_file_alone(run: Run, app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    file.write_text("precious")

    assert run("db", "backup", str(file)).exit_code == 1
    assert run("db", "backup", str(tmp_path / "missing" / "backup.db")).exit_code == 1
    assert file.read_text() == "precious"


def test_copy_of_a_database_in_use_has_an_epoch_of_its_own(run: Run, app: Flask, tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path}/{name}.db" for name in ("stopped", "served")]
    assert run("db", "copy", "--to", urls[0]).exit_code == 0
    with database.write() as transaction:
        transaction.execute(insert(Process).values(host="here", pid=1, started_at=now(), seen_at=now()))
    assert run("db", "copy", "--to", urls[1]).exit_code == 0

    stopped, served = (epoch_of(rows_at(url)) for url in urls)
    assert stopped == epoch_of(rows()) != served


def test_copy_needs_an_empty_target_and_a_current_source(run: Run, app: Flask, tmp_path: Path) -> None:
    fill()
    target = f"sqlite:///{tmp_path}/target.db"
    assert run("db", "copy", "--to", target).exit_code == 0

    assert run("db", "copy", "--to", target).stderr == "notifier: the database to copy to is not empty\n"
    assert run("db", "copy", "--to", "nonsense").exit_code == 2
    assert run("db", "copy", "--to", target, DATABASE_URL=f"sqlite:///{tmp_path}/empty.db").exit_code == 1
    with database.write() as transaction:
        transaction.execute(update(Installation).values(epoch="00000000"))
    assert epoch_of(rows_at(target)) != "00000000"
