"""Sending from code in the same process, without HTTP."""

from __future__ import annotations

import pytest
from flask import Flask

from notifier.errors import Invalid
from notifier.services.accounts import groups, users
from notifier.services.inbox import inbox
from notifier.services.messages import send
from notifier.services.messages.send import Draft


@pytest.fixture
def alice(app: Flask) -> int:
    return users.create_user("alice", "correct horse").id


def test_send_from_code_as_in_the_readme(alice: int) -> None:
    sent = send.send(Draft(to="user:alice", title="Transcription Complete"))

    item, head = inbox.get(alice, sent.id)
    assert (sent.recipients, sent.seq) == (1, 1)
    assert (item.title, item.sender, item.status) == ("Transcription Complete", "local", "unread")
    assert (head.seq, head.unread) == (1, 1)


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
