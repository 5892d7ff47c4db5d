"""Writes the changes of one inbox to its streams: the innermost loop of a broadcast.

Streams at the same place get the same bytes, framed once, in one tight loop. For each stream it does what it must and no more: measured,
the call of the kernel is nine tenths of it, and each further cache line of memory that it reads costs as much as ten lines of Python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from notifier.realtime import safe_rendering
from notifier.realtime.connection import LOST, Connection, framed
from notifier.realtime.feed_metrics import FeedMetrics
from notifier.realtime.hub import Hub
from notifier.realtime.ports import ProgressRenderer, Renderer
from notifier.realtime.session_feed import SessionFeed
from notifier.realtime.snapshot import Page, Snapshot
from notifier.realtime.topics import UserTopic
from notifier.realtime.yielding import yield_to_others

_WRITES_PER_SLICE = 100

Places = Mapping[tuple[ProgressRenderer, bool, bool, int], Sequence[Connection]]
"""Streams by (renderer, chunked, started, seq), which decide what bytes they get."""


def places(connections: Iterable[Connection]) -> Places:
    """The open streams among `connections`, by their places."""
    found: defaultdict[tuple[ProgressRenderer, bool, bool, int], list[Connection]] = defaultdict(list)
    for stream in connections:
        found[stream.renderer, stream.chunked, stream.opening is None, stream.seq].append(stream)
    return found


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

    def write(self, topic: UserTopic, places: Places, after: int, page: Page, snapshot: Snapshot) -> None:
        """Bring the streams of `places` to the state of `page`. `after`: the lowest `seq` among them."""
        complete = True
        for (_, chunked, started, seq), streams in places.items():
            if started and seq == page.seq:
                continue
            if page.behind > self._limit and seq > after:
                # Only the streams furthest behind are reset; the others are read again.
                self._mark(topic.name, [] if started else streams)
                complete = complete and not started
                continue
            data, was_reset = self._render(streams[0], page, snapshot)
            if data is None:
                for stream in streams:
                    self._hub.end(stream, "reset")
                continue
            data = framed(data) if data and chunked else data  # an empty chunk would end the response
            if started:
                self._metrics.add(streams[0], page, was_reset, times=len(streams))
                self._send(streams, data, page.seq)
            else:
                self._begin(topic, streams, data, page, was_reset)
        if complete:
            topic.seq, topic.unread = page.seq, page.unread

    def end_batch(self, age: Callable[[object], float]) -> None:
        """Count what was written since the last call. `age`: as `SnapshotReader.age`."""
        self._metrics.flush(age)
        self.was_large = self._written >= _WRITES_PER_SLICE
        self._written = 0

    def _begin(self, topic: UserTopic, streams: Sequence[Connection], data: bytes, page: Page, was_reset: bool) -> None:
        """Send the first event, and what else a stream is sent at its start."""
        for stream in streams:
            self._metrics.add(stream, page, was_reset)
            if not data:
                stream.send_first()
        self._send(streams, data, page.seq)
        for stream in streams:
            self._sessions.arrived(topic, stream)

    def _send(self, streams: Sequence[Connection], data: bytes, seq: int) -> None:
        for start in range(0, len(streams), _WRITES_PER_SLICE):
            part, now = streams[start : start + _WRITES_PER_SLICE], self._hub.clock()
            for stream in part:
                stream.seq = seq
                if data:
                    stream.send(data, now)
                stream.opening = None
            self._written += len(part)
            if self._written % _WRITES_PER_SLICE < len(part):  # a slice is full
                yield_to_others()

    def _render(self, connection: Connection, page: Page, snapshot: Snapshot) -> tuple[bytes | None, bool]:
        """Return `(bytes, was_reset)`; bytes is None for renderers whose clients resync by reconnecting."""
        renderer, seq = cast(Renderer, connection.renderer), connection.seq  # a user's stream has a renderer for inboxes
        reset = seq == LOST or seq > page.seq or seq < page.floor or page.behind > self._limit
        opening = connection.opening
        behind = [] if reset or seq == page.seq else [change for change in page.changes or () if change.seq > seq]
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
