"""Progress of sessions: sent at once, then not too often, and always with the last state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub
from notifier.realtime.session_feed import MIN_INTERVAL_SECONDS
from notifier.realtime.topic_names import session_topic
from tests.unit.realtime.conftest import Start, View
from tests.unit.realtime.greenlets import settle, until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.progress import ALICE, BOB, JOB, OTHER, progress, update
from tests.unit.realtime.viewer import Viewer

OpenStream = Callable[..., Viewer]


@pytest.fixture
def clock(now: list[float]) -> Callable[[], float]:
    return lambda: now[0]


@pytest.fixture
def open_stream(view: View) -> OpenStream:
    """Open a stream of one session."""
    return lambda session=JOB, user=ALICE, **kwargs: view(user, session=session, **kwargs)


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
