"""Browser push: what is still unseen, to each device, and what becomes of a device that its service refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.models.columns import now
from notifier.services.inbox import receipts
from notifier.services.outbox import channel_trace
from notifier.services.preferences import pauses
from tests.databases import Databases
from tests.outbox.push_office import CONTACT, PushOffice


def test_push_is_signed_encrypted_and_sent_to_each_device(push_office: PushOffice) -> None:
    alice = push_office.person("alice")
    laptop, phone = push_office.device(alice), push_office.device(alice)
    sent = push_office.send(alice, title="Video Ready!", message="é" * 3000, actions=[{"label": "Watch", "url": "/videos/1"}])
    push_office.work()
    assert laptop.requests == phone.requests == 0

    push_office.later(seconds=10)
    push_office.work()
    push_office.work()

    for browser in (laptop, phone):
        (push,) = browser.pushes
        assert push.claims["sub"] == CONTACT
        assert push.headers["Urgency"] == "normal" and 86_000 < int(push.headers["TTL"]) <= 86_400 and len(push.headers["Topic"]) == 32
        assert push.content["title"] == "Video Ready!" and push.content["text"].endswith("é…")
        assert push.content["url"] == f"/go/{sent.message}/0"
        assert (push.content["id"], push.content["unread"], push.content["open"]) == (sent.message, 1, [sent.message])
    assert [found.event for found in channel_trace.of(push_office.message_id(sent), alice.id)] == ["sent", "sent"]


def test_only_what_is_unseen_is_pushed_and_what_is_urgent_at_once(push_office: PushOffice) -> None:
    alice = push_office.person("alice")
    browser = push_office.device(alice)
    seen = push_office.send(alice, title="Seen")
    receipts.shown(alice.id, [seen.message])
    read = push_office.send(alice, title="Read")
    push_office.read(alice)
    push_office.send(alice, title="Unseen")
    push_office.send(alice, title="Urgent", priority="urgent")
    push_office.work()
    assert [push.content["title"] for push in browser.pushes] == ["Urgent"]

    push_office.later(seconds=10)
    push_office.work()

    assert [push.content["title"] for push in browser.pushes] == ["Urgent", "Unseen"]
    assert [len(push.content["open"]) for push in browser.pushes] == [2, 2]
    assert channel_trace.of(push_office.message_id(read), alice.id)[0].reason == "read_meanwhile"
    assert push_office.states(alice)[0] in {("skipped", "read_meanwhile"), ("sent", None)}


def test_notification_seen_between_planning_and_sending_is_not_pushed(push_office: PushOffice) -> None:
    alice = push_office.person("alice")
    browser = push_office.device(alice)
    sent = push_office.send(alice)
    push_office.later(seconds=10)
    push_office.plan()
    receipts.shown(alice.id, [sent.message])
    push_office.work()

    assert browser.requests == 0
    assert push_office.states(alice) == [("skipped", "seen_meanwhile")]


def test_update_by_collapse_key_replaces_the_push(push_office: PushOffice) -> None:
    alice = push_office.person("alice")
    browser = push_office.device(alice)
    for title in ("First", "Second"):
        push_office.send(alice, title=title, collapse_key="job", priority="urgent")
        push_office.work()

    first, second = browser.pushes
    assert first.content["id"] == second.content["id"]
    assert first.headers["Topic"] == second.headers["Topic"]
    assert second.content["title"] == "Second"


def test_pause_delays_a_push_until_its_end(push_office: PushOffice) -> None:
    alice = push_office.person("alice")
    browser = push_office.device(alice)
    pauses.pause(alice.id, now() + timedelta(hours=8))
    push_office.send(alice)
    push_office.later(minutes=1)
    push_office.work()
    assert browser.requests == 0

    push_office.later(hours=8)
    push_office.work()

    assert len(browser.pushes) == 1


def test_answers_of_a_service_are_heeded(push_office: PushOffice) -> None:
    alice = push_office.person("alice")
    browser = push_office.device(alice)
    browser.answers = [(413, {}), (201, {}), (500, {"Retry-After": "120"})]
    push_office.send(alice, title="Large", message="text", priority="urgent")
    push_office.work()
    assert browser.requests == 2 and browser.pushes[0].content["text"] == ""

    push_office.send(alice, title="Later", priority="urgent")
    push_office.work()
    push_office.later(seconds=110)
    push_office.work()
    assert browser.requests == 3
    push_office.later(seconds=11)
    push_office.work()

    assert [push.content["title"] for push in browser.pushes] == ["Large", "Later"]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases
