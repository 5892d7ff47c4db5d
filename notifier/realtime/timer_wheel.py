"""Heartbeats, keep-alive comments and the expiry of streams.

One greenlet serves all streams, without a timer per stream. Each connection is in one bucket, that of its next due time; a bucket that
is due is served in slices.

Heartbeats and comments of streams that are due at about the same time share a bucket: one `send()` after the other takes 6 us, and 10 us
where a tenth of a second lies between a few of them, in which the processor forgets what they need (measured at 10,000 streams).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from math import ceil, gcd

from gevent.event import Event

from notifier import metrics
from notifier.realtime.connection import Connection, Wire, framed
from notifier.realtime.sse import KEEPALIVE
from notifier.realtime.yielding import yield_to_others

_TICK_SECONDS = 0.1
_PARTS = 15  # of an interval: what is due within one of them is served together, at its end
_SLICE_SIZE = 100
_CHUNKED_KEEPALIVE = framed(KEEPALIVE)


class TimerWheel:
    """Serves each connection when it is due.

    `heartbeat_seconds`: between heartbeats; `keepalive_seconds`: without a byte before a comment is sent.
    """

    def __init__(self, heartbeat_seconds: float, keepalive_seconds: float, clock: Callable[[], float]) -> None:
        self._heartbeat = heartbeat_seconds
        self._keepalive = keepalive_seconds
        self._clock = clock
        ticks = gcd(*(max(1, round(seconds / _TICK_SECONDS)) for seconds in (heartbeat_seconds, keepalive_seconds)))
        self._shared_ticks = max(part for part in range(1, max(1, ticks // _PARTS) + 1) if ticks % part == 0)
        self._buckets: dict[int, list[Connection]] = {}
        self._due: list[int] = []
        self._changed = Event()
        self._beats = 0
        self._beat_tick = 0
        self._rendered: dict[tuple[Wire, int, int, int], bytes] = {}  # heartbeats of one slice

    def add(self, connection: Connection) -> None:
        """Schedule a connection that has just been opened."""
        connection.beat_tick = self._next_beat(connection.opened_at)
        self._place(connection)

    def run(self) -> None:
        """Serve due connections, for ever."""
        while True:
            self._changed.clear()
            wait = self._due[0] * _TICK_SECONDS - self._clock() if self._due else None
            if wait is None or wait > 0:
                self._changed.wait(wait)
                continue
            tick = heapq.heappop(self._due)
            bucket = self._buckets.pop(tick)
            for start in range(0, len(bucket), _SLICE_SIZE):
                if start:
                    yield_to_others()
                self._serve_slice(tick, bucket[start : start + _SLICE_SIZE])

    def _serve_slice(self, tick: int, connections: Sequence[Connection]) -> None:
        now, self._beats, self._rendered = self._clock(), 0, {}
        for connection in connections:
            if connection.socket is not None:
                self._serve(connection, tick, now)
        if self._beats:
            metrics.messages_sent.labels("heartbeat").inc(self._beats)

    def _serve(self, connection: Connection, tick: int, now: float) -> None:
        if now >= connection.expires_at:
            connection.wire.owner.end(connection, connection.ends_as)
            return
        if tick >= connection.beat_tick:
            connection.beat_tick = self._next_beat(now)
            beat = self._heartbeat_of(connection)
            if beat:
                connection.send(beat, now)
                self._beats += 1
        if tick >= self._shared_tick(connection.wrote_at + self._keepalive):
            connection.send(_CHUNKED_KEEPALIVE if connection.wire.chunked else KEEPALIVE, now)
        if connection.socket is not None:
            self._place(connection)

    def _next_beat(self, now: float) -> int:
        """The tick of the heartbeat after one at `now`.

        One object of 32 bytes for all streams that have the same.
        """
        tick = self._shared_tick(now + self._heartbeat)
        if tick != self._beat_tick:
            self._beat_tick = tick
        return self._beat_tick

    def _heartbeat_of(self, connection: Connection) -> bytes | None:
        """The framed bytes, rendered once for all streams of a slice that get the same.

        None while the connection is not where its topic is, or is to be read again: no unread count would belong to its `seq`.
        """
        topic = connection.topic
        if not connection.started or connection.seq != topic.seq or topic.unread is None:
            return None
        place = (connection.wire, topic.seq, topic.unread, len(topic))
        beat = self._rendered.get(place)
        if beat is None:
            beat = connection.wire.renderer.heartbeat(topic.seq, topic.unread, len(topic))
            self._rendered[place] = beat = framed(beat) if beat and connection.wire.chunked else beat
        return beat

    def _shared_tick(self, due_at: float) -> int:
        """The tick of the bucket that is shared by what is due at about that time."""
        due = ceil(due_at / _TICK_SECONDS) - (self._shared_ticks > 1)  # what was served with others, so a little late, stays with them
        return ceil(due / self._shared_ticks) * self._shared_ticks

    def _place(self, connection: Connection) -> None:
        """Put the connection into the bucket of its next due time."""
        tick = min(connection.beat_tick, self._shared_tick(connection.wrote_at + self._keepalive))
        if connection.expires_at < tick * _TICK_SECONDS:
            tick = ceil(connection.expires_at / _TICK_SECONDS)
        bucket = self._buckets.get(tick)
        if bucket is not None:
            bucket.append(connection)
            return
        self._buckets[tick] = [connection]
        heapq.heappush(self._due, tick)
        if self._due[0] == tick:
            self._changed.set()
