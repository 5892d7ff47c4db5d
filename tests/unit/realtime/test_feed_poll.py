"""What no hint told of: the feed looks by itself, and waits for a truth that does not answer."""

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
def feed(hub: Hub, truth: Inboxes, start: Start) -> Feed:
    feed = Feed(hub, truth, poll_seconds=0.02, replay_limit=10)
    start(feed.run)
    return feed


@pytest.fixture
def alice(feed: Feed, view: View) -> Viewer:
    """Has had her first event."""
    alice = view(ALICE)
    until(lambda: alice.lines)
    return alice


def test_what_nobody_told_of_is_found(truth: Inboxes, alice: Viewer) -> None:
    truth.commit(ALICE)

    until(lambda: "change 1" in alice.lines)


def test_that_a_user_is_gone_is_found(truth: Inboxes, alice: Viewer) -> None:
    truth.remove(ALICE)

    until(lambda: alice.ended)
    assert alice.lines[-1] == "bye revoked"


def test_where_nothing_was_committed_no_heads_are_compared(truth: Inboxes, alice: Viewer) -> None:
    until(lambda: truth.looks)
    looks, asked = truth.looks, truth.asked

    until(lambda: truth.asked > asked + 3)

    assert truth.looks == looks


def test_streams_wait_for_a_truth_that_is_down_and_then_get_everything(feed: Feed, truth: Inboxes, alice: Viewer) -> None:
    truth.down = {"moved", "heads", "read"}
    truth.commit(ALICE, 2)
    feed.mark(["user:1"])
    until(lambda: truth.refused > 2)

    truth.down = set()

    until(lambda: "change 2" in alice.lines)
    assert alice.lines == ["user 1 connected 0", "change 1", "change 2"]


def test_a_truth_that_is_down_is_not_asked_all_the_time(feed: Feed, truth: Inboxes, alice: Viewer) -> None:
    truth.down = {"read"}
    feed.mark(["user:1"])
    until(lambda: truth.refused)
    refused, asked = truth.refused, truth.asked

    until(lambda: truth.asked == asked + 5)

    assert truth.refused <= refused + 6


def test_a_commit_whose_heads_could_not_be_read_is_found_later(truth: Inboxes, alice: Viewer) -> None:
    truth.down = {"heads"}
    truth.commit(ALICE)
    until(lambda: truth.refused)

    truth.down = set()

    until(lambda: "change 1" in alice.lines)


def test_a_revoked_stream_is_closed_by_the_hint(feed: Feed, truth: Inboxes, view: View) -> None:
    lost, kept = view(ALICE, grant="lost"), view(ALICE, grant="kept")
    until(lambda: lost.lines and kept.lines)

    truth.revoke("lost")
    feed.mark(["user:1"])

    until(lambda: lost.ended)
    assert lost.lines[-1] == "bye revoked"
    assert not kept.ended


def test_a_revoked_stream_is_closed_by_the_look_alone(feed: Feed, truth: Inboxes, view: View) -> None:
    lost = view(ALICE, grant="lost")
    until(lambda: lost.lines)

    truth.revoke("lost")

    until(lambda: lost.ended)
    assert lost.lines[-1] == "bye revoked"


def test_what_is_switched_off_ends_and_what_comes_later_too(truth: Inboxes, alice: Viewer, view: View) -> None:
    truth.switch(False)
    until(lambda: alice.ended)
    assert alice.lines[-1] == "bye disabled"

    late = view(ALICE)
    until(lambda: late.ended)

    truth.switch(True)
    again = view(ALICE)
    truth.commit(ALICE)
    until(lambda: "change 1" in again.lines)
    assert not again.ended
