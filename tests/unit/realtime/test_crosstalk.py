"""A descriptor number that the kernel has given to somebody else is never written to, nor closed, on behalf of who had it before."""

from __future__ import annotations

from functools import partial

import gevent

from notifier.realtime.connection import Connection
from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import settle, until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Viewer

ALICE, BOB = 1, 2
ROUNDS = 1000
# The feed makes room for others after every 100 writes, with one of these streams still to be written to.
STREAMS = 101


def test_a_stream_that_ends_during_a_walk_does_not_get_its_successor_written_to(feed: Feed, truth: Inboxes, view: View) -> None:
    opened = [view(ALICE, 0) for _ in range(STREAMS)]
    until(lambda: all(viewer.lines for viewer in opened))
    alices, reused = {viewer.connection: viewer for viewer in opened}, 0

    for _ in range(ROUNDS):
        truth.commit(ALICE)
        feed.mark(["user:1"])
        swap = gevent.spawn(close_the_last_and_open_for_bob, alices, truth.seq(ALICE), view)
        alice, bob = swap.get(timeout=5)
        until(partial(getattr, bob, "lines"))
        reused += alice.descriptor == bob.descriptor
        assert bob.lines == ["user 2 connected 0"]
        bob.close()
        replacement = view(ALICE, truth.seq(ALICE))
        alices[replacement.connection] = replacement
        for viewer in alices.values():
            viewer.read()

    assert reused > ROUNDS * 0.9


def close_the_last_and_open_for_bob(alices: dict[Connection, Viewer], seq: int, view: View) -> tuple[Viewer, Viewer]:
    """Runs where the walk makes room: ends alice's stream that was not written to yet, and opens one for bob in its place."""
    while len(unwritten := [connection for connection in alices if connection.seq < seq]) != 1:
        gevent.sleep(0)
    alice = alices.pop(unwritten[0])
    unwritten[0].close("gone")
    bob = view(BOB)
    alice.socket.close()
    return alice, bob


def test_the_end_of_a_stream_does_not_end_the_successor_of_its_number(hub: Hub, view: View) -> None:
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
