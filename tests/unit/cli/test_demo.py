"""`notifier demo`: sample data that is consistent, can be extended, and leaves users alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from notifier import database
from notifier.cli import listening
from notifier.demo import people
from notifier.models import Inbox, Message, Notification, Session, User
from notifier.models.notification import Status
from notifier.services.accounts import users
from notifier.services.maintenance import consistency
from notifier.services.preferences import category_admin
from tests.databases import Databases
from tests.unit.cli.conftest import Run


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Both kinds: the sample data is inserted by set-based statements."""
    chosen: Databases = request.getfixturevalue(f"{request.param}_databases")
    return chosen


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of demo passwords, in an instance folder of the test's own."""
    monkeypatch.setattr(Flask, "auto_find_instance_path", lambda app: str(tmp_path))
    return tmp_path / "demo.txt"


def test_demo_creates_as_much_as_was_asked_for(run: Run, app: Flask, file: Path) -> None:
    result = run("demo", "--people", "9", "--notifications", "60", "--sessions", "3")

    assert (result.exit_code, result.stderr) == (0, "")
    with database.read() as connection:
        counts = [connection.scalar(select(func.count()).select_from(table)) for table in (User, Inbox, Session)]
        sent = connection.scalar(select(func.count()).where(Message.related_session_id.is_(None)))
        statuses = set(connection.scalars(select(Notification.status).where(Notification.user_id == 1)))
    assert counts == [9, 9, 3]
    assert sent == 60
    assert statuses >= {Status.UNREAD, Status.READ, Status.ARCHIVED}
    assert consistency.problems() == []


def test_demo_people_can_sign_in_with_the_passwords_in_the_file(run: Run, app: Flask, file: Path) -> None:
    run("demo", "--people", "6", "--notifications", "0")

    pairs = [line.split() for line in file.read_text("utf-8").splitlines()]
    assert [users.authenticate(name, password).name for name, password in pairs] == [name for name, _ in pairs]  # type: ignore[union-attr]
    assert file.stat().st_mode & 0o777 == 0o600


def test_demo_adds_to_what_it_created_before(run: Run, app: Flask, file: Path) -> None:
    run("demo", "--people", "4", "--notifications", "8")
    before = file.read_text("utf-8")

    assert run("demo", "--people", "7", "--notifications", "8").exit_code == 0
    assert file.read_text("utf-8").startswith(before)
    assert len(people.known(file)) == users.count() == 7
    with database.read() as connection:
        of_alice = select(Message.created_at).join(Notification).where(Notification.user_id == 1)
        ages = list(connection.scalars(of_alice.order_by(Notification.position)))
    assert len(ages) == 16
    assert ages == sorted(ages)
    assert [row.slug for row in category_admin.listing()] == ["trouble", "videos", "other"]


def test_demo_refuses_a_database_with_other_users(run: Run, app: Flask) -> None:
    users.create_user("alice", "correct horse")

    result = run("demo", "--people", "4", "--notifications", "8")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "--force" in result.stderr
    assert users.count() == 1


def test_forced_demo_leaves_other_users_alone(run: Run, app: Flask, file: Path) -> None:
    alice = users.create_user("alice", "correct horse")

    assert run("demo", "--people", "4", "--notifications", "8", "--sessions", "1", "--force").exit_code == 0
    assert "alice" not in people.known(file)
    assert users.count() == 5
    with database.read() as connection:
        assert connection.scalar(select(func.count()).where(Notification.user_id == alice.id)) == 0


def test_populate_creates_the_first_demo_people_in_an_empty_database(app: Flask, file: Path) -> None:
    from notifier import demo

    listing = demo.populate(file)

    assert [line.split()[0] for line in listing.splitlines()] == ["alice", "bob", "carol", "admin"]
    assert file.read_text() == listing
    with database.read() as connection:
        assert connection.scalar(select(Inbox.unread).join(User, User.id == Inbox.user_id).where(User.name == "alice")) == 3


def test_serve_prints_demo_passwords_once_and_their_file_afterwards(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "execv", lambda program, arguments: None)
    monkeypatch.setattr(listening, "listen", lambda host, port: None)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(file.parent))

    first, later = run("serve", DEMO="1"), run("serve", DEMO="1")

    assert first.stdout == file.read_text()
    assert later.stdout == ""
    assert str(file) in later.stderr


@pytest.mark.parametrize("option", ["--people", "--notifications", "--sessions"])
def test_demo_rejects_negative_counts(run: Run, option: str) -> None:
    assert run("demo", option, "-1").exit_code == 2
