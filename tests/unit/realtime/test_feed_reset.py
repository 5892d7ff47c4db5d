"""A cursor that cannot be replayed from gets a `reset`, and its stream goes on from the head."""

from __future__ import annotations

import pytest

from notifier.realtime.connection import LOST
from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import until
from tests.unit.realtime.inboxes import Inboxes

ALICE = 1
LIMIT = 10


@pytest.mark.parametrize("cursor", [LOST, 6, 2**62], ids=["useless", "ahead", "far ahead"])
def test_a_cursor_that_cannot_be_replayed_from_is_reset(feed: Feed, inboxes: Inboxes, view: View, cursor: int) -> None:
    inboxes.commit(ALICE, 5)

    alice = view(ALICE, cursor)

    until(lambda: alice.lines)
    assert alice.lines == ["user 1 connected nowhere", "reset 5"]


def test_a_cursor_below_the_floor_is_reset(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE, 5)
    inboxes.floors[ALICE] = 3

    below, at = view(ALICE, 2), view(ALICE, 3)

    until(lambda: below.lines and at.lines)
    assert below.lines[-1] == "reset 5"
    assert at.lines[-1] == "change 5"


def test_as_many_changes_as_the_limit_are_replayed(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE, LIMIT)

    alice = view(ALICE, 0)

    until(lambda: alice.lines)
    assert alice.lines[1:] == [f"change {seq}" for seq in range(1, LIMIT + 1)]


def test_one_change_more_is_a_reset(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE, LIMIT + 1)

    alice = view(ALICE, 0)

    until(lambda: alice.lines)
    assert alice.lines[1:] == [f"reset {LIMIT + 1}"]


def test_only_the_stream_too_far_behind_is_reset(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE, LIMIT + 5)

    far, near, new = view(ALICE, 1), view(ALICE, LIMIT), view(ALICE, LIMIT + 5)

    until(lambda: far.lines and near.lines and new.lines)
    assert far.lines[1:] == ["reset 15"]
    assert near.lines[1:] == [f"change {seq}" for seq in range(LIMIT + 1, LIMIT + 6)]
    assert new.lines == ["user 1 connected 15"]


def test_after_a_reset_the_stream_goes_on(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE)
    alice = view(ALICE, LOST)
    until(lambda: alice.lines)
    inboxes.commit(ALICE)

    feed.mark(["user:1"])

    until(lambda: "change 2" in alice.lines)
    assert alice.lines == ["user 1 connected nowhere", "reset 1", "change 2"]


def test_streams_that_a_reset_has_parted_are_all_brought_to_the_head(hub: Hub, feed: Feed, inboxes: Inboxes, view: View) -> None:
    """A change that comes in between finds them at different places, one beyond the limit."""
    states: list[tuple[int, int | None]] = []
    inboxes.commit(ALICE)
    first = view(ALICE, 1)
    until(lambda: first.lines)
    inboxes.commit(ALICE, LIMIT)
    changes = iter([1])

    def read() -> None:
        states.append((hub.topics["user:1"].seq, hub.topics["user:1"].unread))
        inboxes.commit(ALICE, next(changes, 0))

    inboxes.during_read = read

    second = view(ALICE, 0)

    until(lambda: len(first.lines) > 1 and len(second.lines) > 2)
    assert first.lines[1:] == ["reset 12"]
    assert second.lines == ["user 1 connected nowhere", "reset 11", "change 12"]
    assert all(unread in (seq, None) for seq, unread in states), states  # the inboxes count as many unread as changes
