"""Deleting a user removes what is theirs and keeps what they sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from notifier import database
from notifier.errors import NotFound
from notifier.extensions import Base
from notifier.models import ApiKey, Message, Notification, Session, User
from notifier.models.columns import now
from notifier.services.accounts import api_keys, deletion, groups, users
from notifier.services.accounts.users import Account
from notifier.services.maintenance import consistency
from notifier.services.messages import reports
from notifier.services.messages.send import Draft, send
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import NewSession

PASSWORD = "correct horse"


@pytest.fixture
def alice(app: Flask) -> Account:
    users.create_user("bob", PASSWORD)
    return users.create_user("alice", PASSWORD)


def delete(account: Account) -> None:
    deletion.delete_user(account)
    assert consistency.problems() == []


def rows_that_name(user_id: int) -> dict[str, int]:
    """By table, the number of rows that refer to a user."""
    found = {}
    with database.read() as connection:
        for table in Base.metadata.tables.values():
            for name in ("user_id", "owner_id"):
                if name in table.c and (count := connection.scalar(select(func.count()).where(table.c[name] == user_id))):
                    found[table.name] = count
    return found


def test_deleted_user_leaves_no_rows(alice: Account) -> None:
    groups.create("staff")
    groups.add("staff", "alice", manager=True)
    api_keys.create("phone", user="alice", scopes=["read"])
    sessions.create(NewSession(title="long job", owner="alice", viewers=["bob"]), creator=alice.sender)
    send(Draft(to="all", title="hello"))
    assert {"inboxes", "notifications", "memberships", "api_keys", "sessions", "session_watchers"} <= set(rows_that_name(alice.id))

    delete(alice)

    assert rows_that_name(alice.id) == {}
    with pytest.raises(NotFound):
        users.by_name("alice")


def test_sent_messages_stay_under_deleted_user(alice: Account) -> None:
    sent = send(Draft(to="user:bob", title="from alice"), sender=alice.sender)

    delete(alice)

    message = reports.get(sent.id, None)
    assert reports.names([message.sender]) == {alice.sender: "deleted user"}
    assert reports.receipts(message).kept == 1


def test_receipts_of_a_deleted_recipient_stay_counted(alice: Account) -> None:
    sent = send(Draft(to="all", title="hello"))
    with database.write() as transaction:
        of_alice = update(Notification).where(Notification.user_id == alice.id)
        transaction.execute(of_alice.values(seen_at=now(), read_at=now()))

    delete(alice)

    receipts = reports.receipts(reports.get(sent.id, None))
    assert (receipts.rows, receipts.kept, receipts.seen, receipts.read, receipts.clicked) == (2, 1, 1, 1, 0)


def test_name_is_free_and_its_next_owner_is_another_user(alice: Account) -> None:
    key = api_keys.create("phone", user="alice", scopes=["read"])
    sent = send(Draft(to="user:bob", title="from alice"), sender=alice.sender)
    key_id = api_keys.authenticate(key).id  # type: ignore[union-attr]

    delete(alice)
    again = users.create_user("alice", PASSWORD)
    api_keys.create("phone", user="alice", scopes=["read"])

    assert again.id > alice.id and again.public_id != alice.public_id
    assert again.head == 0
    assert reports.listing(again.sender, limit=10).rows == []
    with pytest.raises(NotFound):
        reports.get(sent.id, again.sender)
    with database.read() as connection:
        assert connection.scalars(select(ApiKey.id)).one() > key_id


def test_waiting_audience_skips_a_deleted_user(alice: Account) -> None:
    sessions.create(NewSession(title="long job", owner="alice"), creator="local")
    sent = send(Draft(to="all", title="later", send_at=now() + timedelta(days=1)))
    delete(alice)

    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(User)) == 1
        assert connection.scalar(select(Message.recipients).where(Message.public_id == sent.id)) == 2
        assert connection.scalar(select(func.count()).select_from(Session)) == 0


def test_deleting_twice_changes_nothing(alice: Account) -> None:
    delete(alice)
    delete(alice)

    assert users.count() == 1
