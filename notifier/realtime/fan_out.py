"""Writes the changes of one inbox to its streams: the innermost loop of a broadcast.

Streams at the same place get the same bytes, framed once, in one tight loop. For each stream it does what it must and no more: measured,
the call of the kernel is nine tenths of it, and each further cache line of memory that it reads costs as much as ten lines of Python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import cast

from notifier.realtime import safe_rendering
from notifier.realtime.connection import LOST, Connection, Wire, framed
from notifier.realtime.feed_metrics import FeedMetrics
from notifier.realtime.hub import Hub
from notifier.realtime.ports import Renderer
from notifier.realtime.session_feed import SessionFeed
from notifier.realtime.snapshot import Change, Page, Snapshot
from notifier.realtime.topics import UserTopic
from notifier.realtime.yielding import yield_to_others

_WRITES_PER_SLICE = 100

Place = tuple[Wire, bool, int]
"""(wire, started, seq) of a stream, which decide what bytes it gets."""

Write = tuple[Sequence[Connection], bytes, int]
"""Some streams at one place, what they are sent, and the `seq` that it brings them to."""


def _by_place(connections: Sequence[Connection]) -> Iterable[tuple[Place, Sequence[Connection]]]:
    if len(connections) == 1:  # nearly every user has one stream
        (stream,) = connections
        return (((stream.wire, stream.opening is None, stream.seq), connections),)
    found: defaultdict[Place, list[Connection]] = defaultdict(list)
    for stream in connections:
        found[stream.wire, stream.opening is None, stream.seq].append(stream)
    return found.items()


class FanOut:
    """`limit`: how many changes a stream is sent; a client further behind gets a `reset`."""

    def __init__(self, hub: Hub, sessions: SessionFeed, mark: Callable[[str, Iterable[Connection]], None], limit: int) -> None:
        self._metrics = FeedMetrics()
        self._hub = hub
        self._sessions = sessions
        self._mark = mark
        self._limit = limit
        self._written = 0
        self.was_large = False
        """Whether the last batch was more than a slice of writes."""

    def writes(self, topic: UserTopic, connections: Sequence[Connection], after: int, page: Page, snapshot: Snapshot) -> Sequence[Write]:
        """What brings `connections` to the state of `page`.

        `after`: the lowest `seq` among them. All of it has to be sent: the topic counts as up to date from here on, or as far as the
        streams that have to be read again.
        """
        found: list[Write] = []
        lowest = page.seq
        for (wire, started, seq), streams in _by_place(connections):
            if started and seq == page.seq:
                continue
            if page.behind > self._limit and seq > after:
                # Only the streams furthest behind are reset; the others are read again.
                self._mark(topic.name, [] if started else streams)
                if started:
                    lowest = min(lowest, seq)
                continue
            data, was_reset = self._render(streams[0], after, page, snapshot)
            if data is None:
                for stream in streams:
                    self._hub.end(stream, "reset")
                continue
            if started:
                self._metrics.add(streams[0], page, was_reset, len(streams))
            else:
                self._begin(topic, streams, data, page, was_reset)
            found.append((streams, framed(data) if data and wire.chunked else data, page.seq))
        if lowest != topic.seq:
            # Also where streams are left: below them all, it would have each read take none for the furthest behind.
            topic.seq, topic.unread = lowest, page.unread if lowest == page.seq else None
        return found

    def send(self, writes: Iterable[Write]) -> None:
        """Send a batch, in slices.

        Apart from rendering: while one client after the other gets its bytes at once, both sides run on and need not be woken each time.
        """
        now = self._hub.clock()
        for streams, data, seq in writes:
            for stream in streams:
                stream.seq = seq
                if data:
                    stream.send(data, now)
                stream.opening = None
                self._written += 1
                if self._written % _WRITES_PER_SLICE == 0:
                    yield_to_others()
                    now = self._hub.clock()

    def end_batch(self, age: Callable[[object], float]) -> None:
        """Count what was written since the last call. `age`: as `SnapshotReader.age`."""
        self._metrics.flush(age)
        self.was_large = self._written >= _WRITES_PER_SLICE
        self._written = 0

    def _begin(self, topic: UserTopic, streams: Sequence[Connection], data: bytes, page: Page, was_reset: bool) -> None:
        """Prepare the first event of streams, and what else they are sent at their start."""
        for stream in streams:
            self._metrics.add(stream, page, was_reset)
            if not data:
                stream.send_first()
            self._sessions.arrived(topic, stream)

    def _render(self, connection: Connection, after: int, page: Page, snapshot: Snapshot) -> tuple[bytes | None, bool]:
        """Return `(bytes, was_reset)`; bytes is None for renderers whose clients resync by reconnecting.

        `after`: the cursor behind which `page` has changes.
        """
        renderer, seq = cast(Renderer, connection.wire.renderer), connection.seq  # a user's stream has a renderer for inboxes
        reset = seq == LOST or seq > page.seq or seq < page.floor or page.behind > self._limit
        opening = connection.opening
        behind: Sequence[Change] = () if reset or seq == page.seq else page.changes or ()
        if seq != after:
            behind = [change for change in behind if change.seq > seq]
        data: bytes | None = b""
        try:
            if behind and opening is not None:
                snapshot = replace(snapshot, replay=True)
            if behind:
                data = safe_rendering.changes(renderer, behind, seq, page, snapshot, most_bytes=self._hub.backlog_bytes)
        except safe_rendering.TooLong:
            reset = True
        if reset:
            data = renderer.reset(snapshot.epoch, page)
        if data is None or opening is None:
            return data, reset
        return renderer.connected(opening.public_id, snapshot.epoch, None if reset else seq, page) + data, reset
