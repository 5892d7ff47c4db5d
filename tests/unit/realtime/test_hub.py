"""The open streams of a process: their limits, and how a drain ends them."""

from __future__ import annotations

import pytest

from notifier.realtime.hub import Hub, Limits
from tests.unit.realtime.conftest import Start, View

PER_USER, IN_ALL = 2, 3


@pytest.fixture
def hub(start: Start) -> Hub:
    limits = Limits(connections=IN_ALL, per_user=PER_USER, backlog_bytes=65_536, stale_seconds=30)
    hub = Hub(limits, heartbeat_seconds=30, keepalive_seconds=15)
    start(hub.poller.run)
    return hub


def test_streams_per_user_are_limited(view: View, hub: Hub) -> None:
    opened = [view(1) for _ in range(PER_USER + 1)]

    assert [viewer.admitted for viewer in opened] == [True, True, False]
    assert opened[-1].ended


def test_the_limit_per_user_is_separate_for_each_user(view: View, hub: Hub) -> None:
    view(1), view(1)

    assert hub.full_for_user("user:1")
    assert not hub.full_for_user("user:2")


def test_streams_per_process_are_limited(view: View, hub: Hub) -> None:
    opened = [view(user) for user in range(IN_ALL + 1)]

    assert hub.full()
    assert [viewer.admitted for viewer in opened] == [True, True, True, False]


def test_a_closed_stream_makes_room(view: View, hub: Hub) -> None:
    first, _second = view(1), view(1)

    first.connection.close("gone")

    assert view(1).admitted


def test_a_topic_is_removed_with_its_last_stream(view: View, hub: Hub) -> None:
    first, second = view(1), view(1)
    first.connection.close("gone")
    assert list(hub.topics) == ["user:1"]

    second.connection.close("gone")

    assert hub.topics == {}


def test_drain_sends_bye_to_all_streams_and_ends_them(view: View, hub: Hub) -> None:
    alice, bob = view(1), view(2)
    for viewer in (alice, bob):
        viewer.connection.opening = None

    hub.drain()

    assert (alice.ended, alice.lines) == (True, ["bye shutdown"])
    assert (bob.ended, bob.lines) == (True, ["bye shutdown"])


def test_no_stream_opens_after_a_drain(view: View, hub: Hub) -> None:
    hub.drain()

    assert view(1).ended
    assert hub.count == 0
