"""Progress of sessions: sent at once, then not too often, and always with the last state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub, Limits
from notifier.realtime.session_feed import MIN_INTERVAL_SECONDS
from notifier.realtime.topic_names import session_topic
from tests.unit.realtime.conftest import Start, View
from tests.unit.realtime.greenlets import settle, until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Viewer

ALICE, BOB = 1, 2
JOB, OTHER = 7, 8

OpenStream = Callable[..., Viewer]


@pytest.fixture
def open_stream(view: View) -> OpenStream:
    """Open a stream of one session."""
    return lambda session=JOB, user=ALICE, **kwargs: view(user, session=session, **kwargs)


def update(feed: Feed, inboxes: Inboxes, session: int = JOB, times: int = 1, *, ended: bool = False) -> None:
    for _ in range(times):
        inboxes.move(session, ended=ended)
        feed.mark([session_topic(session)])
        settle()


def progress(viewer: Viewer) -> list[str]:
    return [line for line in viewer.lines if line.startswith("progress")]


def test_a_new_stream_gets_the_present_state(feed: Feed, inboxes: Inboxes, open_stream: OpenStream) -> None:
    inboxes.move(JOB)
    inboxes.move(JOB)

    viewer = open_stream()

    until(lambda: viewer.lines)
    assert viewer.lines == ["progress 7 at 2"]


def test_an_update_is_sent_at_once(feed: Feed, inboxes: Inboxes, open_stream: OpenStream, tick: Callable[[float], None]) -> None:
    inboxes.move(JOB)
    viewer = open_stream()
    until(lambda: viewer.lines)
    tick(MIN_INTERVAL_SECONDS)

    update(feed, inboxes)

    assert progress(viewer) == ["progress 7 at 1", "progress 7 at 2"]


def test_of_updates_that_come_too_soon_only_the_last_is_sent(
    feed: Feed, inboxes: Inboxes, open_stream: OpenStream, tick: Callable[[float], None]
) -> None:
    inboxes.move(JOB)
    viewer = open_stream()
    until(lambda: viewer.lines)

    update(feed, inboxes, times=5)
    assert progress(viewer) == ["progress 7 at 1"]
    tick(MIN_INTERVAL_SECONDS)

    until(lambda: len(progress(viewer)) == 2)
    assert progress(viewer)[-1] == "progress 7 at 6"


def test_the_end_is_sent_at_once_and_closes_the_stream(feed: Feed, inboxes: Inboxes, open_stream: OpenStream) -> None:
    inboxes.move(JOB)
    viewer = open_stream()
    until(lambda: viewer.lines)
    update(feed, inboxes)

    update(feed, inboxes, ended=True)

    assert viewer.ended
    assert viewer.lines == ["progress 7 at 1", "progress 7 at 3"]


def test_a_stream_opened_after_the_end_gets_it_and_is_closed(feed: Feed, inboxes: Inboxes, open_stream: OpenStream) -> None:
    inboxes.move(JOB, ended=True)

    viewer = open_stream()

    until(lambda: viewer.ended)
    assert viewer.lines == ["progress 7 at 1"]


def test_sessions_do_not_wait_for_each_other(feed: Feed, inboxes: Inboxes, open_stream: OpenStream) -> None:
    inboxes.move(JOB)
    first = open_stream()
    until(lambda: first.lines)
    inboxes.move(OTHER)

    second = open_stream(OTHER)

    until(lambda: second.lines)
    assert second.lines == ["progress 8 at 1"]


def test_a_repeated_hint_sends_nothing_twice(feed: Feed, inboxes: Inboxes, open_stream: OpenStream, tick: Callable[[float], None]) -> None:
    inboxes.move(JOB)
    viewer = open_stream()
    until(lambda: viewer.lines)
    tick(MIN_INTERVAL_SECONDS)

    feed.mark([session_topic(JOB)] * 3)
    settle()

    assert progress(viewer) == ["progress 7 at 1"]


def test_a_deleted_session_closes_its_streams(feed: Feed, inboxes: Inboxes, open_stream: OpenStream) -> None:
    viewer = open_stream()

    until(lambda: viewer.ended)


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


def test_streams_of_sessions_have_a_limit_of_their_own(start: Start, view: View, hub: Hub) -> None:
    streams = [view(ALICE, session=JOB + number) for number in range(hub.limits.sessions_per_user)]

    assert all(stream.admitted for stream in streams)
    assert hub.full_for_sessions(ALICE)
    assert not view(ALICE, session=JOB).admitted
    assert view(ALICE).admitted
    assert view(BOB, session=JOB).admitted


def test_a_closed_stream_of_a_session_makes_room(view: View, hub: Hub) -> None:
    streams = [view(ALICE, session=JOB) for _ in range(hub.limits.sessions_per_user)]

    streams[0].connection.close("gone")

    assert not hub.full_for_sessions(ALICE)


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def hub(start: Start, now: list[float]) -> Hub:
    """A hub on the clock of the test."""
    limits = Limits(connections=1000, per_user=500, backlog_bytes=65_536, stale_seconds=30, sessions_per_user=3)
    hub = Hub(limits, heartbeat_seconds=30, keepalive_seconds=15, clock=lambda: now[0])
    start(hub.poller.run)
    return hub


@pytest.fixture
def tick(now: list[float]) -> Callable[[float], None]:
    """Advance the clock."""
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


@pytest.fixture
def polling(hub: Hub, inboxes: Inboxes, start: Start) -> Feed:
    """A feed that polls all the time."""
    feed = Feed(hub, inboxes, poll_seconds=0.02, replay_limit=10)
    start(feed.run)
    return feed


def until_after_ticks(tick: Callable[[float], None], condition: Callable[[], object]) -> None:
    """Advance the clock until `condition`."""

    def after_a_tick() -> object:
        tick(0.01)
        return condition()

    until(after_a_tick)


def test_a_read_from_an_unavailable_database_is_retried(
    polling: Feed, inboxes: Inboxes, open_stream: OpenStream, tick: Callable[[float], None]
) -> None:
    inboxes.move(JOB)
    inboxes.down = {"sessions"}
    viewer = open_stream()
    polling.mark([session_topic(JOB)])
    until_after_ticks(tick, lambda: inboxes.refused > 1)

    inboxes.down = set()

    until_after_ticks(tick, lambda: viewer.lines)
    assert viewer.lines == ["progress 7 at 1"]


def test_the_poll_finds_an_update_without_a_hint(
    polling: Feed, inboxes: Inboxes, open_stream: OpenStream, tick: Callable[[float], None]
) -> None:
    inboxes.move(JOB)
    viewer = open_stream()
    polling.mark([session_topic(JOB)])
    until(lambda: viewer.lines)
    tick(MIN_INTERVAL_SECONDS)
    inboxes.move(JOB)

    until_after_ticks(tick, lambda: progress(viewer)[-1] == "progress 7 at 2")


def test_the_poll_closes_streams_of_a_session_whose_grant_was_revoked(
    polling: Feed, inboxes: Inboxes, open_stream: OpenStream, tick: Callable[[float], None]
) -> None:
    inboxes.move(JOB)
    lost, kept = open_stream(user=ALICE, grant="lost"), open_stream(user=BOB, grant="kept")
    polling.mark([session_topic(JOB)])
    until(lambda: lost.lines and kept.lines)

    inboxes.revoke("lost")

    until_after_ticks(tick, lambda: lost.ended)
    assert not kept.ended
