"""A user's stream follows the sessions of that user."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub
from notifier.realtime.session_feed import MIN_INTERVAL_SECONDS
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import settle, until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.progress import ALICE, BOB, JOB, progress, update
from tests.unit.realtime.viewer import Viewer


@pytest.fixture
def clock(now: list[float]) -> Callable[[], float]:
    return lambda: now[0]


def test_a_users_stream_gets_progress_of_their_sessions(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.move(JOB)
    inboxes.own(ALICE, JOB)

    alice, bob = view(ALICE), view(BOB)

    until(lambda: progress(alice))
    settle()
    assert alice.lines == ["user 1 connected 0", "progress 7 at 1"]
    assert bob.lines == ["user 2 connected 0"]


def test_a_second_stream_of_the_user_gets_the_state_and_the_first_not_again(
    feed: Feed, inboxes: Inboxes, view: View, tick: Callable[[float], None]
) -> None:
    inboxes.move(JOB)
    inboxes.own(ALICE, JOB)
    first = view(ALICE)
    until(lambda: progress(first))
    tick(MIN_INTERVAL_SECONDS)

    second = view(ALICE)

    until(lambda: progress(second))
    assert progress(first) == progress(second) == ["progress 7 at 1"]


def test_a_session_that_begins_later_is_followed_when_the_user_is_read(feed: Feed, inboxes: Inboxes, view: View) -> None:
    alice = view(ALICE)
    until(lambda: alice.lines)
    inboxes.move(JOB)
    inboxes.own(ALICE, JOB)

    feed.mark(["user:1"])

    until(lambda: progress(alice))


def test_a_follower_gets_the_end_and_is_unsubscribed(feed: Feed, inboxes: Inboxes, hub: Hub, view: View) -> None:
    inboxes.move(JOB)
    inboxes.own(ALICE, JOB)
    alice = view(ALICE)
    until(lambda: progress(alice))

    update(feed, inboxes, ended=True)

    assert progress(alice)[-1] == "progress 7 at 2"
    assert not alice.ended
    assert list(hub.topics) == ["user:1"]


def test_a_user_without_streams_follows_nothing(feed: Feed, inboxes: Inboxes, hub: Hub, view: View) -> None:
    inboxes.move(JOB)
    inboxes.own(ALICE, JOB)
    alice = view(ALICE)
    until(lambda: progress(alice))
    assert sorted(hub.topics) == ["session:7", "user:1"]

    alice.connection.close("gone")

    assert hub.topics == {}


def test_a_user_who_disconnects_during_the_read_follows_nothing(feed: Feed, inboxes: Inboxes, hub: Hub, view: View) -> None:
    inboxes.move(JOB)
    inboxes.own(ALICE, JOB)
    leaving: list[Viewer] = []
    inboxes.during_read = lambda: leaving[0].connection.close("gone") if leaving else None

    leaving.append(view(ALICE))

    until(lambda: inboxes.reads)
    settle()
    assert hub.topics == {}
