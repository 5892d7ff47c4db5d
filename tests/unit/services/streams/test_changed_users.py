"""The poll reads what was committed since its last read, whatever the order of commits."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import update

from notifier import database
from notifier.extensions import db
from notifier.models import Inbox
from notifier.services.accounts import deletion, users
from notifier.services.accounts.users import Account
from notifier.services.messages.send import Draft, send
from notifier.services.streams.changed_users import ChangedUsers


@pytest.fixture
def people(app: Flask) -> dict[str, Account]:
    return {name: users.create_user(name, "correct horse battery") for name in ("alice", "bob", "carol", "dana")}


@pytest.fixture
def changed(people: dict[str, Account]) -> ChangedUsers:
    changed = ChangedUsers()
    assert changed.read(100) is None
    return changed


def ids(changed: ChangedUsers, most: int = 100) -> list[int] | None:
    found = changed.read(most)
    return None if found is None else sorted(row.user_id for row in found)


def test_only_the_users_that_changed_are_read(changed: ChangedUsers, people: dict[str, Account]) -> None:
    assert ids(changed) == []
    send(Draft.model_validate({"to": ["user:bob", "user:carol"], "title": "Hello"}))

    assert ids(changed) == sorted((people["bob"].id, people["carol"].id))
    assert ids(changed) == []


def test_a_change_of_rights_is_read(changed: ChangedUsers, people: dict[str, Account]) -> None:
    users.set_role(people["dana"], "sender")

    assert ids(changed) == [people["dana"].id]
    assert ids(changed) == []


def test_more_than_are_watched_and_deleted_users_have_all_heads_compared(changed: ChangedUsers, people: dict[str, Account]) -> None:
    send(Draft.model_validate({"to": "all", "title": "Hello"}))
    assert ids(changed, most=2) is None
    assert ids(changed) == []

    deletion.delete_user(people["dana"])
    assert ids(changed) is None
    assert ids(changed) == []


def test_a_number_is_not_used_again_after_the_highest_was_deleted(changed: ChangedUsers, people: dict[str, Account]) -> None:
    send(Draft.model_validate({"to": "user:dana", "title": "Hello"}))
    assert ids(changed) == [people["dana"].id]
    deletion.delete_user(people["dana"])
    assert ids(changed) is None

    send(Draft.model_validate({"to": "user:bob", "title": "Hello"}))

    assert ids(changed) == [people["bob"].id]


def test_commits_out_of_order_lose_nothing(changed: ChangedUsers, people: dict[str, Account]) -> None:
    """Three transactions that began before a poll commit after it, the last to begin first."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: a transaction cannot commit while an earlier one is open")
    names = ("alice", "bob", "carol")
    open_ones = []
    for name in names:
        connection = db.engine.connect()
        connection.execute(update(Inbox).where(Inbox.user_id == people[name].id).values(seq=Inbox.seq + 1))
        open_ones.append((name, connection))
    with database.write() as transaction:
        transaction.execute(update(Inbox).where(Inbox.user_id == people["dana"].id).values(seq=Inbox.seq + 1))
    seen = [set(ids(changed) or ())]
    for _, connection in reversed(open_ones):
        connection.commit()
        seen.append(set(ids(changed) or ()))
        connection.close()

    new = [after - before for before, after in zip([set(), *seen], seen, strict=False)]
    assert new == [{people[name].id} for name in ("dana", "carol", "bob", "alice")]
    assert ids(changed) == []
