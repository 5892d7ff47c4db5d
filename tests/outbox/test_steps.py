"""Steps of a message: which are planned, by what its recipients have chosen when it is sent, and what later choices change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

from notifier.models.columns import now
from notifier.services.accounts import groups, users
from notifier.services.messages import audience_chunks
from notifier.services.messages import send as send_service
from notifier.services.outbox import channel_trace, steps
from notifier.services.preferences import mutes, pauses
from notifier.services.preferences.mutes import MuteDraft
from tests.outbox.office import PASSWORD, Office
from tests.outbox.push_office import PushOffice
from tests.statements import noted


def test_no_step_at_once_is_planned_that_no_recipient_wants(office: Office) -> None:
    videos = office.category("videos")
    office.category("hourly", email="hourly")
    alarms = office.category("alarms", email="at_once", locked=True)
    alice, bob, carol = office.person("alice"), office.person("bob"), office.person("carol")
    office.choose(bob, videos, "at_once")
    office.choose(alice, alarms, "off")
    office.choose(carol, videos, "weekly")
    mutes.mute(carol.id, MuteDraft(kind="type", value="videos"))

    assert planned(office, lambda: office.send(alice, type="videos")) == [True]
    assert planned(office, lambda: office.send(carol, type="videos")) == [True], "carol has muted it"
    assert planned(office, lambda: office.send(alice, bob, type="videos")) == [False, True]
    assert planned(office, lambda: office.send(alice, type="hourly")) == [False, True]
    assert planned(office, lambda: office.send(alice, type="alarms")) == [False, True]


def test_choice_after_the_send_counts_when_the_later_step_is_due(office: Office) -> None:
    videos = office.category("videos")
    alice, bob, carol = office.person("alice"), office.person("bob"), office.person("carol")
    sent = office.send(alice, bob, carol, type="videos")
    office.choose(alice, videos, "at_once")
    office.choose(bob, videos, "hourly")
    office.choose(carol, videos, "at_once")
    office.read(carol)

    office.work()
    assert office.deliveries() == []
    assert channel_trace.of(office.message_id(sent), alice.id)[0].event == "planned"
    office.later(minutes=31)
    office.work()
    assert [len(office.mails(one)) for one in (alice, bob, carol)] == [1, 0, 0]
    office.later(hours=1)
    office.work()

    assert [len(office.mails(one)) for one in (alice, bob, carol)] == [1, 1, 0]


def test_choice_before_the_recipients_are_written_counts_as_before_the_send(office: Office) -> None:
    videos = office.category("videos")
    alice, bob = office.person("alice"), office.person("bob")
    with patch.object(send_service, "CHUNK_SIZE", 1):
        assert planned(office, lambda: office.send(alice, bob, type="videos")) == [False, True]
    assert planned(office, lambda: office.send(alice, type="videos", send_at=now() + timedelta(hours=1))) == [False, True]
    office.choose(alice, videos, "at_once")
    while audience_chunks.step():
        pass

    office.work()

    assert [len(office.mails(one)) for one in (alice, bob)] == [1, 0]


def test_steps_of_what_was_read_end_together(office: Office) -> None:
    alice, bob, carol = office.person("alice"), office.person("bob"), users.create_user("carol", PASSWORD)
    for _ in range(5):
        office.send(alice)
        office.send(carol)
    office.send(alice, bob, title="To both")
    office.read(alice)
    office.later(minutes=31)
    with noted() as statements:
        while steps.step():
            pass

    assert len([one for one, _ in statements if one.startswith("UPDATE steps")]) == 2, "ten have nothing to do, one has"
    assert all(row.done_at for row in office.steps())
    assert [row.user_id for row in office.deliveries()] == [bob.id]


def test_digest_of_a_user_in_quiet_hours_is_no_skipped_delivery(office: Office) -> None:
    videos = office.category("videos")
    alice, bob = office.person("alice"), office.person("bob")
    office.choose(alice, videos, "daily")
    pauses.pause(alice.id, now() + timedelta(hours=8))
    office.send(alice, bob, type="videos")
    office.later(minutes=31)
    office.plan()

    assert office.states(alice) == []


def test_message_to_nobody_has_no_steps(office: Office) -> None:
    groups.create("nobody")

    assert planned(office, lambda: send_service.send(send_service.Draft(to="group:nobody", title="Hello"))) == []


def test_push_is_planned_for_recipients_with_a_device_alone(push_office: PushOffice) -> None:
    alice, bob, carol = (push_office.person(name) for name in ("alice", "bob", "carol"))
    browser = push_office.device(bob)
    sent = push_office.send(alice)
    assert push_office.steps() == []
    late = push_office.device(alice)
    assert channel_trace.of(push_office.message_id(sent), alice.id)[0].reason == "no_device"

    assert planned(push_office, lambda: push_office.send(carol)) == []
    assert planned(push_office, lambda: push_office.send(bob, carol)) == [True]
    push_office.later(seconds=10)
    push_office.work()

    assert (len(browser.pushes), late.requests) == (1, 0)


def planned(office: Office, send: Callable[[], object]) -> list[bool]:
    """Of the steps that a send adds, in order: whether each is the later one."""
    before = len(office.steps())
    send()
    return [row.later for row in office.steps()[before:]]
