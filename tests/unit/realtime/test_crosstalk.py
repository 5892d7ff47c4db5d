"""A descriptor number that the kernel reused is never written to or closed for its former owner."""

from __future__ import annotations

from functools import partial

import gevent
import pytest

from notifier.realtime.connection import Connection
from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import settle, until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Viewer

ALICE, BOB = 1, 2
ROUNDS = 1000
# The feed yields after every 100 writes: one of these streams has not been written to yet then.
STREAMS = 101


@pytest.mark.security("S15")
def test_events_of_a_closed_stream_are_not_written_to_the_next_owner_of_its_descriptor(feed: Feed, inboxes: Inboxes, view: View) -> None:
    opened = [view(ALICE, 0) for _ in range(STREAMS)]
    until(lambda: all(viewer.lines for viewer in opened))
    alices, reused = {viewer.connection: viewer for viewer in opened}, 0

    for _ in range(ROUNDS):
        inboxes.commit(ALICE)
        feed.mark(["user:1"])
        swap = gevent.spawn(close_the_last_and_open_for_bob, alices, inboxes.seq(ALICE), view)
        alice, bob = swap.get(timeout=5)
        until(partial(getattr, bob, "lines"))
        reused += alice.descriptor == bob.descriptor
        assert bob.lines == ["user 2 connected 0"]
        bob.close()
        replacement = view(ALICE, inboxes.seq(ALICE))
        alices[replacement.connection] = replacement
        for viewer in alices.values():
            viewer.read()

    assert reused > ROUNDS * 0.9


def close_the_last_and_open_for_bob(alices: dict[Connection, Viewer], seq: int, view: View) -> tuple[Viewer, Viewer]:
    """Run while the feed yields: replace alice's stream that was not written to yet by one of bob."""
    while len(unwritten := [connection for connection in alices if connection.seq < seq]) != 1:
        gevent.sleep(0)
    alice = alices.pop(unwritten[0])
    unwritten[0].close("gone")
    bob = view(BOB)
    alice.socket.close()
    return alice, bob


def test_closing_a_stream_does_not_close_the_next_owner_of_its_descriptor(hub: Hub, view: View) -> None:
    reused = 0
    for _ in range(100):
        alice = view(ALICE)
        alice.socket.close()
        alice.connection.close("slow")
        bob = view(BOB)
        settle()
        assert bob.connection.socket is not None
        reused += bob.descriptor == alice.descriptor
        bob.close()

    assert reused > 90
