"""Heartbeats, keep-alive comments and the expiry of tokens, on the clock of the test."""

from __future__ import annotations

from collections.abc import Callable

import gevent
import pytest

from notifier.realtime.hub import Hub, Limits
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import settle
from tests.unit.realtime.viewer import Lines, Viewer

HEARTBEAT, KEEPALIVE = 30, 15
COMMENT = [": heartbeat"]

After = Callable[[float], None]


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.now = 1005.0  # where a shared bucket is due

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Hub:
    limits = Limits(connections=1000, per_user=500, backlog_bytes=65_536, stale_seconds=30)
    return Hub(limits, heartbeat_seconds=HEARTBEAT, keepalive_seconds=KEEPALIVE, clock=clock)


@pytest.fixture
def after(hub: Hub, clock: Clock) -> After:
    """Advance the clock, and let the wheel serve what is due."""

    def pass_(seconds: float) -> None:
        clock.now += seconds
        wheel = gevent.spawn(hub.timer_wheel.run)
        settle()
        wheel.kill()

    return pass_


@pytest.fixture
def alice(view: View) -> Viewer:
    """A stream that has had its first event and is up to date."""
    alice = view(1)
    bring_up_to_date(alice, seq=7, unread=3)
    return alice


def bring_up_to_date(viewer: Viewer, seq: int, unread: int) -> None:
    viewer.connection.opening, viewer.connection.seq = None, seq
    viewer.connection.topic.seq, viewer.connection.topic.unread = seq, unread


def test_nothing_is_sent_before_it_is_due(alice: Viewer, after: After) -> None:
    after(KEEPALIVE - 0.2)

    assert alice.lines == []


def test_a_comment_follows_fifteen_seconds_without_a_byte(alice: Viewer, after: After) -> None:
    after(KEEPALIVE)

    assert alice.lines == COMMENT


def test_streams_that_are_due_at_about_the_same_time_are_served_together(view: View, clock: Clock, after: After) -> None:
    viewers = []
    for user in range(1, 5):
        clock.now += 0.2
        viewers.append(view(user))

    after(KEEPALIVE - 0.8)
    early = [viewer.lines for viewer in viewers]
    after(1)

    assert early == [[]] * 4
    assert [viewer.lines for viewer in viewers] == [COMMENT] * 4


def test_an_interval_shorter_than_a_tick_is_served_once_in_one(clock: Clock) -> None:
    limits = Limits(connections=10, per_user=10, backlog_bytes=65_536, stale_seconds=30)
    hub = Hub(limits, heartbeat_seconds=0.05, keepalive_seconds=0.05, clock=clock)
    viewer = Viewer(hub)
    clock.now += 0.1

    wheel = gevent.spawn(hub.timer_wheel.run)
    settle()
    wheel.kill()

    assert viewer.lines == COMMENT
    viewer.close()


def test_a_byte_in_between_delays_the_comment(alice: Viewer, after: After) -> None:
    after(KEEPALIVE - 1)
    alice.connection.write(b"event\n")

    after(KEEPALIVE - 1)

    assert alice.lines == ["event"]


def test_a_heartbeat_is_sent_every_thirty_seconds_whatever_else_is_sent(alice: Viewer, after: After) -> None:
    for _ in range(6):
        after(HEARTBEAT / 3)
        alice.connection.write(b"event\n")

    assert [line for line in alice.lines if line.startswith("heartbeat")] == ["heartbeat 7 3 1"] * 2


def test_a_heartbeat_has_the_number_of_the_users_streams(alice: Viewer, view: View, after: After) -> None:
    bob, alices_other = view(2), view(1)
    bring_up_to_date(alices_other, seq=7, unread=3)
    bring_up_to_date(bob, seq=1, unread=1)

    after(HEARTBEAT)

    assert "heartbeat 7 3 2" in alice.lines
    assert "heartbeat 1 1 1" in bob.lines


def test_a_stream_that_is_behind_gets_no_heartbeat_but_a_comment(alice: Viewer, after: After) -> None:
    alice.connection.topic.seq = 8

    after(HEARTBEAT)

    assert alice.lines == COMMENT


def test_a_stream_whose_count_is_not_known_gets_no_heartbeat_but_a_comment(alice: Viewer, after: After) -> None:
    alice.connection.topic.unread = None

    after(HEARTBEAT)

    assert alice.lines == COMMENT


def test_a_stream_without_its_first_event_gets_comments_only(view: View, after: After) -> None:
    alice = view(1)

    after(HEARTBEAT)

    assert alice.lines == COMMENT


def test_a_renderer_without_heartbeats_sends_comments_only(view: View, after: After) -> None:
    class Quiet(Lines):
        def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
            return b""

    alice = view(1, renderer=Quiet())
    bring_up_to_date(alice, seq=7, unread=3)

    after(HEARTBEAT)

    assert alice.lines == COMMENT


def test_a_stream_ends_with_its_token(view: View, after: After) -> None:
    alice = view(1, lives=20)
    bring_up_to_date(alice, seq=7, unread=3)
    after(19.8)
    assert not alice.ended

    after(0.3)

    assert alice.ended
    assert alice.lines[-1] == "bye expired"


def test_a_short_token_ends_its_stream_before_the_first_heartbeat(view: View, after: After) -> None:
    alice = view(1, lives=1)

    after(1.1)

    assert alice.ended


def test_a_closed_stream_gets_nothing(alice: Viewer, view: View, after: After) -> None:
    bob = view(2)
    alice.connection.close("gone")

    after(HEARTBEAT)

    assert alice.lines == []
    assert bob.lines == COMMENT


def test_all_of_many_streams_are_served(view: View, after: After) -> None:
    viewers = [view(user) for user in range(1, 451)]

    after(KEEPALIVE)

    assert [viewer.lines for viewer in viewers] == [COMMENT] * 450
