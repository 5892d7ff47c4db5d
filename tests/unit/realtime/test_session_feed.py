"""Progress on its way to streams: told at once, then in step and never too often, with the last word always said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub, Limits
from notifier.realtime.session_feed import APART_SECONDS
from notifier.realtime.topic_names import session_topic
from tests.unit.realtime.conftest import Start, View
from tests.unit.realtime.greenlets import settle, until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Viewer

ALICE, BOB = 1, 2
JOB, OTHER = 7, 8

Watch = Callable[..., Viewer]


@pytest.fixture
def watch(view: View) -> Watch:
    """Opens a stream of a session's own."""
    return lambda session=JOB, user=ALICE, **kwargs: view(user, session=session, **kwargs)


def move(feed: Feed, truth: Inboxes, session: int = JOB, times: int = 1, *, ended: bool = False) -> None:
    for _ in range(times):
        truth.move(session, ended=ended)
        feed.mark([session_topic(session)])
        settle()


def told(viewer: Viewer) -> list[str]:
    return [line for line in viewer.lines if line.startswith("progress")]


def test_a_stream_is_told_how_the_session_stands_when_it_opens(feed: Feed, truth: Inboxes, watch: Watch) -> None:
    truth.move(JOB)
    truth.move(JOB)

    viewer = watch()

    until(lambda: viewer.lines)
    assert viewer.lines == ["progress 7 at 2"]


def test_a_move_is_told_at_once(feed: Feed, truth: Inboxes, watch: Watch, tick: Callable[[float], None]) -> None:
    truth.move(JOB)
    viewer = watch()
    until(lambda: viewer.lines)
    tick(APART_SECONDS)

    move(feed, truth)

    assert told(viewer) == ["progress 7 at 1", "progress 7 at 2"]


def test_what_comes_too_soon_waits_and_only_the_last_of_it_is_told(
    feed: Feed, truth: Inboxes, watch: Watch, tick: Callable[[float], None]
) -> None:
    truth.move(JOB)
    viewer = watch()
    until(lambda: viewer.lines)

    move(feed, truth, times=5)
    assert told(viewer) == ["progress 7 at 1"]
    tick(APART_SECONDS)

    until(lambda: len(told(viewer)) == 2)
    assert told(viewer)[-1] == "progress 7 at 6"


def test_the_end_is_told_at_once_and_closes(feed: Feed, truth: Inboxes, watch: Watch) -> None:
    truth.move(JOB)
    viewer = watch()
    until(lambda: viewer.lines)
    move(feed, truth)

    move(feed, truth, ended=True)

    assert viewer.ended
    assert viewer.lines == ["progress 7 at 1", "progress 7 at 3"]


def test_opened_after_the_end_it_is_told_and_closed(feed: Feed, truth: Inboxes, watch: Watch) -> None:
    truth.move(JOB, ended=True)

    viewer = watch()

    until(lambda: viewer.ended)
    assert viewer.lines == ["progress 7 at 1"]


def test_sessions_do_not_wait_for_each_other(feed: Feed, truth: Inboxes, watch: Watch) -> None:
    truth.move(JOB)
    first = watch()
    until(lambda: first.lines)
    truth.move(OTHER)

    second = watch(OTHER)

    until(lambda: second.lines)
    assert second.lines == ["progress 8 at 1"]


def test_a_hint_that_repeats_tells_nothing_twice(feed: Feed, truth: Inboxes, watch: Watch, tick: Callable[[float], None]) -> None:
    truth.move(JOB)
    viewer = watch()
    until(lambda: viewer.lines)
    tick(APART_SECONDS)

    feed.mark([session_topic(JOB)] * 3)
    settle()

    assert told(viewer) == ["progress 7 at 1"]


def test_a_session_that_is_gone_closes_its_streams(feed: Feed, truth: Inboxes, watch: Watch) -> None:
    viewer = watch()

    until(lambda: viewer.ended)


def test_a_user_s_stream_is_told_of_sessions_of_theirs(feed: Feed, truth: Inboxes, view: View) -> None:
    truth.move(JOB)
    truth.own(ALICE, JOB)

    alice, bob = view(ALICE), view(BOB)

    until(lambda: told(alice))
    settle()
    assert alice.lines == ["user 1 connected 0", "progress 7 at 1"]
    assert bob.lines == ["user 2 connected 0"]


def test_a_second_stream_of_the_user_is_told_too_and_the_first_not_again(
    feed: Feed, truth: Inboxes, view: View, tick: Callable[[float], None]
) -> None:
    truth.move(JOB)
    truth.own(ALICE, JOB)
    first = view(ALICE)
    until(lambda: told(first))
    tick(APART_SECONDS)

    second = view(ALICE)

    until(lambda: told(second))
    assert told(first) == told(second) == ["progress 7 at 1"]


def test_a_session_that_begins_later_is_followed_when_the_user_is_read(feed: Feed, truth: Inboxes, view: View) -> None:
    alice = view(ALICE)
    until(lambda: alice.lines)
    truth.move(JOB)
    truth.own(ALICE, JOB)

    feed.mark(["user:1"])

    until(lambda: told(alice))


def test_who_follows_is_told_of_the_end_and_then_lets_go(feed: Feed, truth: Inboxes, hub: Hub, view: View) -> None:
    truth.move(JOB)
    truth.own(ALICE, JOB)
    alice = view(ALICE)
    until(lambda: told(alice))

    move(feed, truth, ended=True)

    assert told(alice)[-1] == "progress 7 at 2"
    assert not alice.ended
    assert list(hub.topics) == ["user:1"]


def test_who_leaves_follows_nothing(feed: Feed, truth: Inboxes, hub: Hub, view: View) -> None:
    truth.move(JOB)
    truth.own(ALICE, JOB)
    alice = view(ALICE)
    until(lambda: told(alice))
    assert sorted(hub.topics) == ["session:7", "user:1"]

    alice.connection.close("gone")

    assert hub.topics == {}


def test_who_leaves_while_they_are_read_follows_nothing(feed: Feed, truth: Inboxes, hub: Hub, view: View) -> None:
    truth.move(JOB)
    truth.own(ALICE, JOB)
    leaving: list[Viewer] = []
    truth.during_read = lambda: leaving[0].connection.close("gone") if leaving else None

    leaving.append(view(ALICE))

    until(lambda: truth.reads)
    settle()
    assert hub.topics == {}


def test_streams_of_sessions_have_a_room_of_their_own(start: Start, view: View, hub: Hub) -> None:
    streams = [view(ALICE, session=JOB + number) for number in range(hub.limits.sessions_per_user)]

    assert all(stream.admitted for stream in streams)
    assert hub.full_for_sessions(ALICE)
    assert not view(ALICE, session=JOB).admitted
    assert view(ALICE).admitted
    assert view(BOB, session=JOB).admitted


def test_room_that_is_left_is_there_again(view: View, hub: Hub) -> None:
    streams = [view(ALICE, session=JOB) for _ in range(hub.limits.sessions_per_user)]

    streams[0].connection.close("gone")

    assert not hub.full_for_sessions(ALICE)


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def hub(start: Start, now: list[float]) -> Hub:
    """On a clock of the test's."""
    limits = Limits(connections=1000, per_user=500, backlog_bytes=65_536, stale_seconds=30, sessions_per_user=3)
    hub = Hub(limits, heartbeat_seconds=30, keepalive_seconds=15, clock=lambda: now[0])
    start(hub.poller.run)
    return hub


@pytest.fixture
def tick(now: list[float]) -> Callable[[float], None]:
    """Lets time pass."""
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


@pytest.fixture
def looking(hub: Hub, truth: Inboxes, start: Start) -> Feed:
    """Looks all the time."""
    feed = Feed(hub, truth, poll_seconds=0.02, replay_limit=10)
    start(feed.run)
    return feed


def until_after_ticks(tick: Callable[[float], None], condition: Callable[[], object]) -> None:
    """Lets time pass until `condition`."""

    def after_a_tick() -> object:
        tick(0.01)
        return condition()

    until(after_a_tick)


def test_a_truth_that_is_down_is_asked_again(looking: Feed, truth: Inboxes, watch: Watch, tick: Callable[[float], None]) -> None:
    truth.move(JOB)
    truth.down = {"sessions"}
    viewer = watch()
    looking.mark([session_topic(JOB)])
    until_after_ticks(tick, lambda: truth.refused > 1)

    truth.down = set()

    until_after_ticks(tick, lambda: viewer.lines)
    assert viewer.lines == ["progress 7 at 1"]


def test_what_the_look_finds_needs_no_hint(looking: Feed, truth: Inboxes, watch: Watch, tick: Callable[[float], None]) -> None:
    truth.move(JOB)
    viewer = watch()
    looking.mark([session_topic(JOB)])
    until(lambda: viewer.lines)
    tick(APART_SECONDS)
    truth.move(JOB)

    until_after_ticks(tick, lambda: told(viewer)[-1] == "progress 7 at 2")


def test_the_look_closes_streams_of_who_may_no_longer_watch(
    looking: Feed, truth: Inboxes, watch: Watch, tick: Callable[[float], None]
) -> None:
    truth.move(JOB)
    lost, kept = watch(user=ALICE, grant="lost"), watch(user=BOB, grant="kept")
    looking.mark([session_topic(JOB)])
    until(lambda: lost.lines and kept.lines)

    truth.revoke("lost")

    until_after_ticks(tick, lambda: lost.ended)
    assert not kept.ended
