"""Writes the changes of one inbox to its streams: the innermost loop of a broadcast.

Streams at the same place (renderer, started, seq) get the same bytes, framed once, in one tight loop. For each stream it does what it must
and no more: measured, the call of the kernel is nine tenths of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import cast

from notifier.realtime import safe_rendering
from notifier.realtime.connection import LOST, Connection, framed
from notifier.realtime.feed_metrics import FeedMetrics
from notifier.realtime.hub import Hub
from notifier.realtime.ports import Renderer
from notifier.realtime.session_feed import SessionFeed
from notifier.realtime.snapshot import Page, Snapshot
from notifier.realtime.topics import UserTopic
from notifier.realtime.yielding import yield_to_others

_WRITES_PER_SLICE = 100


class FanOut:
    """`limit`: how many changes a stream is sent; a client further behind gets a `reset`."""

    def __init__(self, hub: Hub, sessions: SessionFeed, mark: Callable[[Iterable[str]], None], limit: int) -> None:
        self._metrics = FeedMetrics()
        self._hub = hub
        self._sessions = sessions
        self._mark = mark
        self._limit = limit
        self._written = 0
        self.was_large = False
        """Whether the last batch was more than a slice of writes."""

    def write(self, topic: UserTopic, connections: Sequence[Connection], after: int, page: Page, snapshot: Snapshot) -> None:
        """Bring each of `connections` to the state of `page`. `after`: the lowest `seq` among them."""
        for streams in self._by_place(topic, connections, after, page):
            data, was_reset = self._render(streams[0], page, snapshot)
            if data is None:
                for stream in streams:
                    self._hub.end(stream, "reset")
            elif streams[0].started:
                self._metrics.add(streams[0], page, was_reset, times=len(streams))
                self._send(streams, data, page.seq)
            else:
                for stream in streams:
                    self._metrics.add(stream, page, was_reset)
                self._send(streams, data, page.seq)
                for stream in streams:
                    self._sessions.arrived(topic, stream)
        topic.seq, topic.unread = page.seq, page.unread

    def end_batch(self, age: Callable[[object], float]) -> None:
        """Count what was written since the last call. `age`: as `SnapshotReader.age`."""
        self._metrics.flush(age)
        self.was_large = self._written >= _WRITES_PER_SLICE
        self._written = 0

    def _by_place(self, topic: UserTopic, connections: Sequence[Connection], after: int, page: Page) -> Iterable[list[Connection]]:
        """The streams that are behind, in groups that get the same bytes."""
        places: dict[tuple[object, bool, int], list[Connection]] = {}
        for stream in connections:
            started = stream.opening is None
            if stream.socket is None or (started and stream.seq == page.seq):
                continue
            if page.behind > self._limit and stream.seq > after:
                self._mark([topic.name])  # only the stream furthest behind is reset; the others are read again
                continue
            places.setdefault((stream.renderer, started, stream.seq), []).append(stream)
        return places.values()

    def _send(self, streams: Sequence[Connection], data: bytes, seq: int) -> None:
        chunk, now = framed(data), self._hub.clock()
        for stream in streams:
            stream.seq, stream.opening = seq, None
            if data:  # an empty chunk would end the response
                stream.send(chunk if stream.chunked else data, now)
            self._written += 1
            if self._written % _WRITES_PER_SLICE == 0:
                yield_to_others()
                now = self._hub.clock()

    def _render(self, connection: Connection, page: Page, snapshot: Snapshot) -> tuple[bytes | None, bool]:
        """Return `(bytes, was_reset)`; bytes is None for renderers whose clients resync by reconnecting."""
        renderer, seq = cast(Renderer, connection.renderer), connection.seq  # a user's stream has a renderer for inboxes
        reset = seq == LOST or seq > page.seq or seq < page.floor or page.behind > self._limit
        opening = connection.opening
        if opening is not None:
            snapshot = replace(snapshot, replay=True)
        behind = [] if reset or seq == page.seq else [change for change in page.changes or () if change.seq > seq]
        data: bytes | None = b""
        try:
            if behind:
                data = safe_rendering.changes(renderer, behind, seq, page, snapshot, most_bytes=self._hub.backlog_bytes)
        except safe_rendering.TooLong:
            reset = True
        if reset:
            data = renderer.reset(snapshot.epoch, page)
        if data is None or opening is None:
            return data, reset
        return renderer.connected(opening.public_id, snapshot.epoch, None if reset else seq, page) + data, reset
