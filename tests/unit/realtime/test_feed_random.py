"""Random operations: each stream gets the changes after its cursor, once and in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest import mock

import gevent
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub, Limits
from notifier.realtime.topic_names import session_topic
from tests.unit.realtime.greenlets import settle, until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Viewer

WATCHER, SESSION = 3, 7
users = st.integers(1, 2)
operations = st.one_of(
    st.tuples(st.just("commit"), users),
    st.tuples(st.just("hint"), users),
    st.tuples(st.just("open"), users, st.integers(0, 4)),
    st.tuples(st.just("close"), st.integers(0, 5)),
    st.tuples(st.just("fail"), st.sampled_from(["moved", "changed", "heads", "read", "sessions", "good"])),
    st.tuples(st.just("move")),
    st.tuples(st.just("answer")),
    st.tuples(st.just("run")),
)


# Streams that wait for the next batch already, when the database interrupts this one.
INTERRUPTED = [*[("commit", 1), ("commit", 2)] * 2, ("open", 1, 2), ("open", 2, 2), ("move",), ("fail", "sessions"), ("run",), ("answer",)]


@example(INTERRUPTED, 1, 1)
@settings(max_examples=60)
@given(st.lists(operations, max_size=25), st.integers(1, 3), st.sampled_from([0, 1]))
def test_each_stream_gets_the_changes_after_its_cursor_once_and_in_order(
    drawn: list[tuple[Any, ...]], rows_at_once: int, slice_seconds: float
) -> None:
    with mock.patch("notifier.realtime.feed._SLICE_SECONDS", slice_seconds), running() as world:
        world.inboxes.rows_at_once = rows_at_once
        for name, *arguments in drawn:
            getattr(world, name)(*arguments)
        world.answer()

        for viewer, user, start in world.opened:
            expected = [f"user {user} connected {start}", *(f"change {seq}" for seq in range(start + 1, world.inboxes.seq(user) + 1))]
            until(partial(arrived, viewer, expected))


def arrived(viewer: Viewer, expected: list[str]) -> bool:
    return viewer.lines == expected


class World:
    """Two users, their inboxes, a hub and a feed that polls often."""

    def __init__(self) -> None:
        self.inboxes = Inboxes()
        limits = Limits(connections=100, per_user=100, backlog_bytes=65_536, stale_seconds=30)
        self.hub = Hub(limits, heartbeat_seconds=30, keepalive_seconds=15)
        self.feed = Feed(self.hub, self.inboxes, poll_seconds=0.01, replay_limit=100)
        self.opened: list[tuple[Viewer, int, int]] = []
        self.watcher = Viewer(self.hub, WATCHER, session=SESSION)

    def commit(self, user: int) -> None:
        self.inboxes.commit(user)

    def hint(self, user: int) -> None:
        self.feed.mark([f"user:{user}"])

    def move(self) -> None:
        """A session that has a stream makes progress: it is read after the inboxes of the same batch."""
        self.inboxes.move(SESSION)
        self.feed.mark([session_topic(SESSION)])

    def open(self, user: int, back: int) -> None:
        start = max(0, self.inboxes.seq(user) - back)
        viewer = Viewer(self.hub, user, start)
        self.opened.append((viewer, user, start))
        self.feed.begin(viewer.connection)

    def close(self, number: int) -> None:
        if number < len(self.opened):
            viewer, _, _ = self.opened.pop(number)
            viewer.close()

    def fail(self, call: str) -> None:
        self.inboxes.down.add(call)

    def answer(self) -> None:
        self.inboxes.down.clear()

    def run(self) -> None:
        settle()


@contextmanager
def running() -> Iterator[World]:
    world = World()
    greenlets = [gevent.spawn(run) for run in (world.hub.poller.run, world.feed.run)]
    try:
        yield world
    finally:
        gevent.killall(greenlets)
        for viewer in (world.watcher, *(viewer for viewer, _, _ in world.opened)):
            viewer.close()
