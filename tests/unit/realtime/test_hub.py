"""The open streams of a process: how many there may be, and how they all end."""

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


def test_a_user_has_so_many_streams_and_no_more(view: View, hub: Hub) -> None:
    opened = [view(1) for _ in range(PER_USER + 1)]

    assert [viewer.admitted for viewer in opened] == [True, True, False]
    assert opened[-1].ended


def test_one_user_s_streams_take_no_room_from_another(view: View, hub: Hub) -> None:
    view(1), view(1)

    assert hub.full_for_user("user:1")
    assert not hub.full_for_user("user:2")


def test_a_process_has_so_many_streams_and_no_more(view: View, hub: Hub) -> None:
    opened = [view(user) for user in range(IN_ALL + 1)]

    assert hub.full()
    assert [viewer.admitted for viewer in opened] == [True, True, True, False]


def test_a_stream_that_ends_makes_room(view: View, hub: Hub) -> None:
    first, _second = view(1), view(1)

    first.connection.close("gone")

    assert view(1).admitted


def test_a_key_nobody_watches_any_more_is_forgotten(view: View, hub: Hub) -> None:
    first, second = view(1), view(1)
    first.connection.close("gone")
    assert list(hub.topics) == ["user:1"]

    second.connection.close("gone")

    assert hub.topics == {}


def test_a_drain_says_bye_to_all_and_ends_them(view: View, hub: Hub) -> None:
    alice, bob = view(1), view(2)
    for viewer in (alice, bob):
        viewer.connection.started = True

    hub.drain()

    assert (alice.ended, alice.lines) == (True, ["bye shutdown"])
    assert (bob.ended, bob.lines) == (True, ["bye shutdown"])


def test_after_a_drain_no_stream_opens(view: View, hub: Hub) -> None:
    hub.drain()

    assert view(1).ended
    assert hub.count == 0
