"""Sending from code in the same process, without HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from notifier import database
from notifier.database.batches import Call
from notifier.errors import Invalid
from notifier.models.columns import now
from notifier.services import audit
from notifier.services.accounts import groups, users
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.services.messages import send
from notifier.services.messages.send import Draft, Sent
from notifier.services.preferences import mutes, pauses
from notifier.services.preferences.mutes import MuteDraft


@pytest.fixture
def alice(app: Flask) -> int:
    return users.create_user("alice", "correct horse").id


def test_send_from_code_as_in_the_readme(alice: int) -> None:
    sent = send.send(Draft(to="user:alice", title="Transcription Complete"))

    item, head = inbox.get(alice, sent.id)
    assert (sent.recipients, sent.seq) == (1, 1)
    assert (item.title, item.sender, item.status) == ("Transcription Complete", "local", "unread")
    assert (head.seq, head.unread) == (1, 1)


def test_many_sends_are_one_transaction(alice: int) -> None:
    """As in a worker, where they wait for each other."""
    bob, carol = (users.create_user(name, "correct horse").id for name in ("bob", "carol"))
    pauses.pause(bob, now() + timedelta(hours=1))
    mutes.mute(carol, MuteDraft(kind="type", value="info"))
    bodies = [{"to": f"user:{name}"} for name in ("alice", "carol", "bob", "ALICE", "bob", "unknown")]
    bodies.append({"to": "user:alice", "expires_at": "2001-01-01T00:00:00Z"})
    calls = [Call[send._Usual, Sent](send._Usual(Draft.model_validate(body | {"title": "Hello"}), "local", audit.LOCAL)) for body in bodies]

    with database.write() as transaction:
        send._send_all(transaction, calls)

    assert [(call.result.seq, call.result.recipients) for call in calls if call.result] == [(1, 1), (1, 1), (1, 1), (2, 1), (2, 1)]
    assert [str(call.error) for call in calls if call.error] == ["to: there is no user 'unknown'", "expires_at: must be in the future"]
    assert [(inbox.head(user).seq, inbox.head(user).unread) for user in (alice, bob, carol)] == [(2, 2), (2, 2), (1, 0)]
    assert [item.quiet for item in inbox.listing(bob, Filter(), limit=5).items] == [True, True]


def test_group_is_resolved_when_sending(alice: int) -> None:
    groups.create("staff")
    draft = Draft(to="group:staff", title="Hello")
    assert send.send(draft).recipients == 0

    groups.add("staff", "alice")

    assert send.send(draft).recipients == 1


def test_refused_send_changes_nothing(alice: int) -> None:
    with pytest.raises(Invalid, match="to: there is no user 'bob'"):
        send.send(Draft(to="user:bob", title="Hello"))

    assert inbox.head(alice).seq == 0
