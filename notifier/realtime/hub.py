"""The open streams of one process, by the key they watch. It only knows sockets: what is written to them is the feed's business."""

from __future__ import annotations

import _socket
import logging
import random
import socket as sockets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import gevent

from notifier import metrics
from notifier.realtime.connection import Connection
from notifier.realtime.connection_log import Came, ConnectionLog, Left
from notifier.realtime.opening import Opening
from notifier.realtime.poller import Poller
from notifier.realtime.timer_wheel import TimerWheel
from notifier.realtime.watch import SessionTopic, Topic
from notifier.realtime.yielding import yield_to_others

_log = logging.getLogger("notifier.streams")
_SEND_BUFFER_BYTES = 65_536
_DRAIN_SLICE = 200
_RETRY_MS = 1000
_REPORT_SECONDS = 1.0
_LABEL = ("request_id", "address", "path", "who")

AnyWatch = TypeVar("AnyWatch", bound=Topic)


@dataclass(frozen=True, slots=True)
class Limits:
    """`per_user`: streams of a user's inbox; `sessions_per_user`: those of sessions, counted apart."""

    connections: int
    per_user: int
    backlog_bytes: int
    stale_seconds: int
    sessions_per_user: int = 20
    max_age_seconds: int = 0


class Hub:
    """`watches` maps a key to its Topic; a key nobody watches has none. `slow`: connections with a backlog.

    `journal`: who comes and goes, where somebody reads it.
    """

    def __init__(
        self, limits: Limits, *, heartbeat_seconds: float, keepalive_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self.backlog_bytes = limits.backlog_bytes
        self.clock = clock
        self.poller = Poller()
        self.wheel = TimerWheel(heartbeat_seconds, keepalive_seconds, self.clock)
        self.watches: dict[str, Topic] = {}
        self.journal: ConnectionLog | None = None
        self._session_streams: dict[int, int] = {}  # by user
        self.slow: set[Connection] = set()
        self.count = 0
        self._opened = 0
        self.draining = False
        self.on_watch: Callable[[str], None] = lambda key: None
        """Called with a key that somebody begins to watch, or that nobody watches any more."""

    def full(self) -> bool:
        return self.count >= self.limits.connections

    def full_for(self, key: str) -> bool:
        return len(self.watches.get(key, ())) >= self.limits.per_user

    def full_of_sessions(self, user_id: int) -> bool:
        """Whether a user has as many streams of sessions as they may."""
        return self._session_streams.get(user_id, 0) >= self.limits.sessions_per_user

    def open(self, opening: Opening, socket: _socket.socket, head: bytes, *, chunked: bool) -> Connection | None:
        """Takes the socket over and sends the response's `head`. None, and the socket closed, when there is no room any more.

        Nothing yields between the caller's own question for room and this, so that happens only after a mistake.
        """
        if self.draining or self.full() or self._full_for(opening):
            socket.close()
            return None
        self._set_up(socket)
        watch = self._watch(opening)
        self._opened += 1
        connection = Connection(self, watch, socket, opening, self._opened, chunked=chunked)
        self._set_end(connection, opening.lives_seconds)
        watch.add(connection)
        self._count(connection, +1)
        self.poller.add(connection)
        self.wheel.add(connection)
        if self.journal is not None:
            self.journal.note(Came(connection.number, watch.key, connection.user_id, connection.seq, connection.opened_at))
        connection.send(head)
        connection.write(opening.first)
        return connection

    def end(self, connection: Connection, reason: str, retry_ms: int = _RETRY_MS) -> None:
        """Says `bye` with `reason`, and closes."""
        if connection.end(connection.renderer.bye(reason, retry_ms), reason):
            metrics.messages_sent.labels("bye").inc()

    def find(self, key: str, number: int) -> Connection | None:
        """The connection of this number, if it still watches `key`."""
        return next((connection for connection in self.watches.get(key, ()) if connection.number == number), None)

    def forget(self, connection: Connection, socket: _socket.socket, reason: str) -> None:
        """Called by a connection that closes, while its descriptor is still open."""
        self.poller.remove(socket.fileno())
        watch = connection.watch
        watch.discard(connection)
        self.slow.discard(connection)
        if self.journal is not None:
            self.journal.note(Left(connection.number, connection.seq, self.clock(), reason))
        if not watch:
            self._leave(watch)
        self._count(connection, -1)
        seconds = self.clock() - connection.opened_at
        metrics.streams_closed.labels(reason).inc()
        metrics.connection_seconds.observe(seconds)
        told = dict(zip(_LABEL, connection.label.split(" ", len(_LABEL) - 1), strict=False))
        _log.info("stream ended", extra={**told, "closed": reason, "seconds": round(seconds, 1)})

    def follow(self, user: Topic, key: str, session_id: int) -> SessionTopic:
        """From here on, and until the user's last stream closes, what happens to this session is told on the user's streams too."""
        watch = self.watches.get(key)
        if not isinstance(watch, SessionTopic):
            watch = self._begin(SessionTopic(key, session_id, key))
        watch.followers[user.key] = user
        user.followed[key] = watch
        return watch

    def unfollow(self, user: Topic, session: SessionTopic) -> None:
        user.followed.pop(session.key, None)
        session.followers.pop(user.key, None)
        self._leave(session)

    def drain(self) -> None:
        """Ends all streams, and takes no new ones."""
        self.draining = True
        self.end_all("shutdown")

    def end_all(self, reason: str) -> None:
        """Says `bye` to all. The retry times are spread so that not all come back at once."""
        connections = [connection for watch in self.watches.values() for connection in watch]
        for number, connection in enumerate(connections, 1):
            self.end(connection, reason, random.randint(_RETRY_MS // 2, _RETRY_MS * 3))
            if number % _DRAIN_SLICE == 0:
                yield_to_others()

    def report(self) -> None:
        """For ever, what would cost too much to count at each write."""
        while True:
            metrics.backlog_bytes.set(sum(len(connection.backlog or b"") for connection in self.slow))
            gevent.sleep(_REPORT_SECONDS)

    def _full_for(self, opening: Opening) -> bool:
        return self.full_for(opening.key) if opening.session_id is None else self.full_of_sessions(opening.user_id)

    def _watch(self, opening: Opening) -> Topic:
        watch = self.watches.get(opening.key)
        if watch is None and opening.session_id is not None:
            watch = self._begin(SessionTopic(opening.key, opening.session_id, opening.name))
        elif watch is None:
            watch = self._begin(Topic(opening.key, opening.user_id, opening.name, opening.access))
        # Allowed by what was true a moment ago: if something was revoked since, the feed asks again.
        watch.access = min(watch.access, opening.access)
        return watch

    def _begin(self, watch: AnyWatch) -> AnyWatch:
        self.watches[watch.key] = watch
        self.on_watch(watch.key)
        return watch

    def _leave(self, watch: Topic) -> None:
        """Forgets a key that nobody watches any more."""
        if watch or (isinstance(watch, SessionTopic) and watch.followers):
            return
        if self.watches.pop(watch.key, None) is not None:
            self.on_watch(watch.key)
        for session in list(watch.followed.values()):
            self.unfollow(watch, session)

    def _set_end(self, connection: Connection, lives_seconds: float) -> None:
        """When its right to be open ends, or before, if streams are rotated: at an age of its own, so that not all go at once."""
        age = self.limits.max_age_seconds * random.uniform(0.8, 1.2)
        if 0 < age < lives_seconds:
            lives_seconds, connection.ends_as = age, "rotated"
        connection.expires_at = connection.opened_at + lives_seconds

    def _count(self, connection: Connection, more: int) -> None:
        self.count += more
        if isinstance(connection.watch, SessionTopic):
            count = self._session_streams.get(connection.user_id, 0) + more
            self._session_streams[connection.user_id] = count
            if not count:
                del self._session_streams[connection.user_id]
        metrics.connections.set(self.count)

    def _set_up(self, socket: _socket.socket) -> None:
        socket.setblocking(False)
        socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, _SEND_BUFFER_BYTES)
        if socket.family not in (sockets.AF_INET, sockets.AF_INET6):
            return
        socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
        # Ends peers that are dead and peers that never read alike; without it a half-open one stays for 15 minutes.
        socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, self.limits.stale_seconds * 1000)
