"""The open streams of a process: how many there may be, and how they all end."""

import pytest

from notifier.realtime.hub import Hub, Limits

PER_USER, IN_ALL = 2, 3


@pytest.fixture
def hub(start):
    limits = Limits(connections=IN_ALL, per_user=PER_USER, backlog_bytes=65_536, stale_seconds=30)
    hub = Hub(limits, heartbeat_seconds=30, keepalive_seconds=15)
    start(hub.poller.run)
    return hub


def test_a_user_has_so_many_streams_and_no_more(view, hub):
    opened = [view(1) for _ in range(PER_USER + 1)]

    assert [viewer.connection is not None for viewer in opened] == [True, True, False]
    assert opened[-1].ended


def test_one_user_s_streams_take_no_room_from_another(view, hub):
    view(1), view(1)

    assert hub.full_for("user:1")
    assert not hub.full_for("user:2")


def test_a_process_has_so_many_streams_and_no_more(view, hub):
    opened = [view(user) for user in range(IN_ALL + 1)]

    assert hub.full()
    assert [viewer.connection is not None for viewer in opened] == [True, True, True, False]


def test_a_stream_that_ends_makes_room(view, hub):
    first, _second = view(1), view(1)

    first.connection.close("gone")

    assert view(1).connection is not None


def test_a_key_nobody_watches_any_more_is_forgotten(view, hub):
    first, second = view(1), view(1)
    first.connection.close("gone")
    assert list(hub.watches) == ["user:1"]

    second.connection.close("gone")

    assert hub.watches == {}


def test_a_drain_says_bye_to_all_and_ends_them(view, hub):
    alice, bob = view(1), view(2)
    for viewer in (alice, bob):
        viewer.connection.started = True

    hub.drain()

    assert (alice.ended, alice.lines) == (True, ["bye shutdown"])
    assert (bob.ended, bob.lines) == (True, ["bye shutdown"])


def test_after_a_drain_no_stream_opens(view, hub):
    hub.drain()

    assert view(1).ended
    assert hub.count == 0
