"""The poll finds changes without a hint, and waits for a database that does not answer."""

from __future__ import annotations

import pytest

from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub
from tests.unit.realtime.conftest import Start, View
from tests.unit.realtime.greenlets import until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Viewer

ALICE = 1


@pytest.fixture
def feed(hub: Hub, inboxes: Inboxes, start: Start) -> Feed:
    feed = Feed(hub, inboxes, poll_seconds=0.02, replay_limit=10)
    start(feed.run)
    return feed


@pytest.fixture
def alice(feed: Feed, view: View) -> Viewer:
    """A stream that has had its first event."""
    alice = view(ALICE)
    until(lambda: alice.lines)
    return alice


def test_a_change_without_a_hint_is_found(inboxes: Inboxes, alice: Viewer) -> None:
    inboxes.commit(ALICE)

    until(lambda: "change 1" in alice.lines)


def test_a_deleted_user_is_found(inboxes: Inboxes, alice: Viewer) -> None:
    inboxes.remove(ALICE)

    until(lambda: alice.ended)
    assert alice.lines[-1] == "bye revoked"


def test_heads_are_compared_once_and_then_only_what_changed_is_read(inboxes: Inboxes, alice: Viewer, view: View) -> None:
    bob = view(2)
    until(lambda: bob.lines)
    inboxes.commit(ALICE)
    until(lambda: "change 1" in alice.lines)
    heads_calls, inboxes.changed_users = inboxes.heads_calls, []

    inboxes.commit(ALICE)
    until(lambda: "change 2" in alice.lines)
    moved_calls = inboxes.moved_calls
    until(lambda: inboxes.moved_calls > moved_calls + 3)

    assert inboxes.heads_calls == heads_calls
    assert inboxes.changed_users == [ALICE]


def test_heads_are_compared_where_more_changed_than_is_watched(inboxes: Inboxes, alice: Viewer) -> None:
    inboxes.commit(ALICE)
    until(lambda: "change 1" in alice.lines)
    heads_calls = inboxes.heads_calls

    for user in (ALICE, 2, 3):
        inboxes.commit(user)

    until(lambda: "change 2" in alice.lines)
    assert inboxes.heads_calls == heads_calls + 1


def test_streams_wait_for_an_unavailable_database_and_then_get_everything(feed: Feed, inboxes: Inboxes, alice: Viewer) -> None:
    inboxes.down = {"moved", "changed", "heads", "read"}
    inboxes.commit(ALICE, 2)
    feed.mark(["user:1"])
    until(lambda: inboxes.refused > 2)

    inboxes.down = set()

    until(lambda: "change 2" in alice.lines)
    assert alice.lines == ["user 1 connected 0", "change 1", "change 2"]


@pytest.mark.parametrize("call", ["moved", "read"])
def test_the_response_begins_while_the_database_is_unavailable(feed: Feed, inboxes: Inboxes, view: View, call: str) -> None:
    inboxes.down = {call}
    feed.poll_soon()
    late = view(ALICE, head=b"head\n")
    until(lambda: late.lines == ["head"])

    inboxes.down = set()

    until(lambda: late.lines == ["head", "user 1 connected 0"])


def test_an_unavailable_database_is_retried_at_the_pace_of_the_poll(feed: Feed, inboxes: Inboxes, alice: Viewer) -> None:
    inboxes.down = {"read"}
    feed.mark(["user:1"])
    until(lambda: inboxes.refused)
    refused, moved_calls = inboxes.refused, inboxes.moved_calls

    until(lambda: inboxes.moved_calls == moved_calls + 5)

    assert inboxes.refused <= refused + 6


def test_a_change_is_found_after_a_poll_that_failed(inboxes: Inboxes, alice: Viewer) -> None:
    inboxes.down = {"heads", "changed"}
    inboxes.commit(ALICE)
    until(lambda: inboxes.refused)

    inboxes.down = set()

    until(lambda: "change 1" in alice.lines)


def test_a_change_is_found_after_heads_could_not_be_compared(inboxes: Inboxes, alice: Viewer) -> None:
    inboxes.commit(ALICE)
    until(lambda: "change 1" in alice.lines)
    inboxes.down = {"heads"}
    for user in (ALICE, 2, 3):
        inboxes.commit(user)
    until(lambda: inboxes.refused)

    inboxes.down = set()

    until(lambda: "change 2" in alice.lines)


def test_a_hint_closes_a_revoked_stream(feed: Feed, inboxes: Inboxes, view: View) -> None:
    lost, kept = view(ALICE, grant="lost"), view(ALICE, grant="kept")
    until(lambda: lost.lines and kept.lines)

    inboxes.revoke("lost")
    feed.mark(["user:1"])

    until(lambda: lost.ended)
    assert lost.lines[-1] == "bye revoked"
    until(lambda: kept.lines[-1] == f"settings of {ALICE}")
    assert not kept.ended


def test_the_poll_closes_a_revoked_stream(feed: Feed, inboxes: Inboxes, view: View) -> None:
    lost = view(ALICE, grant="lost")
    until(lambda: lost.lines)

    inboxes.revoke("lost")

    until(lambda: lost.ended)
    assert lost.lines[-1] == "bye revoked"


def test_the_kill_switch_ends_open_streams_and_later_ones(inboxes: Inboxes, alice: Viewer, view: View) -> None:
    inboxes.switch(False)
    until(lambda: alice.ended)
    assert alice.lines[-1] == "bye disabled"

    late = view(ALICE)
    until(lambda: late.ended)

    inboxes.switch(True)
    again = view(ALICE)
    inboxes.commit(ALICE)
    until(lambda: "change 1" in again.lines)
    assert not again.ended
