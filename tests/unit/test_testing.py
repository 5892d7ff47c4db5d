"""The fixture `sent` for tests of applications: it records what was sent to whom, and nothing leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask

from notifier.client import Client, NotReached
from notifier.mount import Notifier, Person

if TYPE_CHECKING:  # pytest rewrites a plugin that was not imported before
    from notifier.testing import Sent

pytest_plugins = ["notifier.testing"]

NOWHERE = "http://127.0.0.1:9"


def test_messages_of_a_client_are_recorded(sent: list[Sent]) -> None:
    with Client(NOWHERE, "nk_key") as client:
        answer = client.push("user:alice", "Your video is ready", title="Ready", type="video_complete")
        client.push(["user:bob", "group:staff"], "Two", idempotency_key="2")
        client.push(None, "Three", user_id="42")

    assert [one.to for one in sent] == [("user:alice",), ("user:bob", "group:staff"), ("id:42",)]
    assert (sent[0].title, sent[0].message, sent[0].fields["type"]) == ("Ready", "Your video is ready", "video_complete")
    assert answer["id"] and answer["recipients"] == 1


def test_messages_of_the_extension_are_recorded(sent: list[Sent]) -> None:
    notifier = Notifier(Flask("shop"), url=NOWHERE, secret="x" * 32, user=lambda: None)
    notifier.send(Person("42", name="alice"), title="Paid")
    notifier.send("user:bob", title="Shipped")

    assert [(one.to, one.title) for one in sent] == [(("id:42",), "Paid"), (("user:bob",), "Shipped")]


def test_sessions_and_streams_reach_no_server(sent: list[Sent]) -> None:
    client = Client(NOWHERE, "nk_key")
    with client.session("Render", id="render-1") as session:
        session.report(50)
    with pytest.raises(NotReached):
        next(client.listen())

    assert sent == []
