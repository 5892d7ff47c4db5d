"""The open streams of one process, by topic.

It only knows sockets: the feed decides what is written to them.
"""

from __future__ import annotations

import _socket
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from notifier import metrics
from notifier.realtime import socket_options
from notifier.realtime.connection import Connection, Topic, framed
from notifier.realtime.connection_log import Closed, ConnectionLog, Opened
from notifier.realtime.ports import Renderer
from notifier.realtime.shared_values import tenth
from notifier.realtime.socket_poller import SocketPoller
from notifier.realtime.stream import Framing, Opening
from notifier.realtime.timer_wheel import TimerWheel
from notifier.realtime.topics import SessionTopic, UserTopic
from notifier.realtime.yielding import yield_to_others

_log = logging.getLogger("notifier.streams")
_DRAIN_BATCH_SIZE = 100
_RETRY_MS = 1000
_LABEL_FIELDS = ("request_id", "address", "path", "who")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one process.

    `per_user`: streams of a user's inbox; `sessions_per_user`: a user's streams of sessions, counted apart.
    """

    connections: int
    per_user: int
    backlog_bytes: int
    stale_seconds: int
    sessions_per_user: int = 20
    max_age_seconds: int = 0


class Hub:
    """The `Owner` of all connections.

    `topics`: every topic that has subscribers, by name; `session_topics`: those of sessions alone.
    `slow`: connections with a backlog. `watchers`: those whose grants each poll checks.
    `connection_log`: what was opened and closed, where something reads it.
    """

    def __init__(
        self, limits: Limits, *, heartbeat_seconds: float, keepalive_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self.backlog_bytes = limits.backlog_bytes
        self.clock = clock
        self.poller = SocketPoller()
        self.timer_wheel = TimerWheel(heartbeat_seconds, keepalive_seconds, self.clock)
        self.topics: dict[str, Topic] = {}
        self.session_topics: dict[str, SessionTopic] = {}
        self.connection_log: ConnectionLog | None = None
        self._session_streams: dict[int, int] = {}  # by user
        self.slow: set[Connection] = set()
        self.watchers: set[Connection] = set()
        self.count = 0
        self._opened = 0
        self.draining = False
        self.on_topic_change: Callable[[str], None] = lambda topic: None
        """Called with each topic that got its first subscriber or lost its last one."""
        self.serve_again: Callable[[_socket.socket], None] | None = None
        """Takes the sockets of reusable streams that have ended; None where sockets cannot be given back."""

    def full(self) -> bool:
        """Whether this process has as many streams as it may."""
        return self.count >= self.limits.connections

    def full_for_user(self, topic: str, *, of_another: bool = False) -> bool:
        """Whether a user's topic has as many streams as it may.

        Those of admins who watch (`of_another`) are counted apart: they take none of the user's own.
        """
        streams, most = self.topics.get(topic, ()), self.limits.per_user
        return len(streams) >= most and sum((stream in self.watchers) == of_another for stream in streams) >= most

    def full_for_sessions(self, user_id: int) -> bool:
        """Whether a user has as many streams of sessions as they may."""
        return self._session_streams.get(user_id, 0) >= self.limits.sessions_per_user

    def open(self, opening: Opening, socket: _socket.socket, head: bytes, framing: Framing) -> Connection | None:
        """Own the socket from now on. The response's `head` is sent with the first event.

        None, with the socket closed, when there is no room: only after a programming error, as nothing yields between the view's check
        for room and this.
        """
        if self.draining or self.full() or self._full_for(opening):
            socket.close()
            return None
        socket_options.set_up(socket, self.limits.stale_seconds)
        topic = self._subscribe(opening)
        self._opened += 1
        connection = Connection(self, topic, socket, opening, self._opened, framing)
        self._set_end(connection, opening.lives_seconds)
        for members in (topic, self.watchers) if opening.watches else (topic,):
            members.add(connection)
        self._count(connection, +1)
        self.poller.add(connection)
        self.timer_wheel.add(connection)
        if self.connection_log is not None:
            self.connection_log.append(Opened(connection.number, topic.name, connection.user_id, connection.seq, connection.opened_at))
        # One call of the kernel sends them and the first event, which follows at once; that of a session may have to wait.
        opening.first = head + (framed(opening.first) if opening.first and framing.chunked else opening.first)
        if opening.session_id is not None:
            connection.send_first()
        return connection

    def end(self, connection: Connection, reason: str, retry_ms: int = _RETRY_MS) -> None:
        """Send `bye` with `reason` and close."""
        if connection.end(connection.wire.renderer.bye(reason, retry_ms), reason):
            metrics.messages_sent.labels("bye").inc()

    def find(self, topic: str, number: int) -> Connection | None:
        """The connection with this number, if it is still subscribed to `topic`."""
        return next((connection for connection in self.topics.get(topic, ()) if connection.number == number), None)

    def set_backlogged(self, connection: Connection, backlogged: bool) -> None:
        """Note that a connection has a backlog, or no longer has one."""
        (self.slow.add if backlogged else self.slow.discard)(connection)
        self.poller.want_write(connection, backlogged)

    def forget(self, connection: Connection, socket: _socket.socket, reason: str) -> None:
        """Remove a connection that ends. Its descriptor is still open."""
        self.poller.remove(socket.fileno())
        topic = connection.topic
        for members in (topic, self.slow, self.watchers):
            members.discard(connection)
        if self.connection_log is not None:
            self.connection_log.append(Closed(connection.number, connection.seq, self.clock(), reason))
        self._count(connection, -1)
        if not topic:
            self._leave(topic)
        seconds = self.clock() - connection.opened_at
        metrics.streams_closed.labels(reason).inc()
        metrics.connection_seconds.observe(seconds)
        request = dict(zip(_LABEL_FIELDS, (connection.request_id, *connection.origin.split(" ", 2)), strict=False))
        _log.info("stream ended", extra={**request, "closed": reason, "seconds": round(seconds, 1)})

    def give_back(self, socket: _socket.socket) -> None:
        """Pass on the socket of a stream that has ended properly; a process that drains closes it."""
        if self.serve_again is None or self.draining:
            socket.close()
        else:
            self.serve_again(socket)

    def follow(self, user: UserTopic, name: str, session_id: int) -> SessionTopic:
        """Subscribe a user's streams to a session, until `unfollow` or the end of the user's last stream."""
        session = self._session_topic(name, session_id)
        session.followers[user.name] = user
        user.follow(session)
        return session

    def unfollow(self, user: UserTopic, session: SessionTopic) -> None:
        """End what `follow` began."""
        user.followed.pop(session.name, None)
        session.followers.pop(user.name, None)
        self._leave(session)

    def drain(self) -> None:
        """End all streams and accept no new ones."""
        self.draining = True
        self.end_all("shutdown")

    def end_all(self, reason: str) -> None:
        """Send `bye` to all clients. Retry times are spread so that they do not all reconnect at once."""
        connections = [connection for topic in self.topics.values() for connection in topic]
        for number, connection in enumerate(connections, 1):
            self.end(connection, reason, random.randint(_RETRY_MS // 2, _RETRY_MS * 3))
            if number % _DRAIN_BATCH_SIZE == 0:
                yield_to_others()

    def report(self) -> None:
        """Set the metrics that would cost too much to update at each opening and each write."""
        metrics.connections.set(self.count)
        metrics.backlog_bytes.set(sum(len(connection.backlog or b"") for connection in self.slow))

    def _full_for(self, opening: Opening) -> bool:
        if opening.session_id is not None:
            return self.full_for_sessions(opening.user_id)
        return self.full_for_user(opening.topic, of_another=opening.of_another)

    def _subscribe(self, opening: Opening) -> Topic:
        """The topic of a stream, added with its first subscriber."""
        if opening.session_id is not None:
            return self._session_topic(opening.topic, opening.session_id)
        user = self.topics.get(opening.topic)
        if not isinstance(user, UserTopic):
            user = UserTopic(opening.topic, opening.user_id, opening.access)
            self._add(user)
        # The grant was checked a moment ago: if something was revoked since, the feed checks it again.
        user.access = min(user.access, opening.access)
        user.shows_listed = user.shows_listed or cast(Renderer, opening.renderer).shows_listed
        return user

    def _session_topic(self, name: str, session_id: int) -> SessionTopic:
        session = self.session_topics.get(name)
        if session is None:
            session = self.session_topics[name] = SessionTopic(name, session_id)
            self._add(session)
        return session

    def _add(self, topic: Topic) -> None:
        self.topics[topic.name] = topic
        self.on_topic_change(topic.name)

    def _leave(self, topic: Topic) -> None:
        """Remove a topic without subscribers, and those of sessions that only its user followed."""
        if topic.subscribed():
            return
        if self.topics.pop(topic.name, None) is not None:
            self.on_topic_change(topic.name)
        self.session_topics.pop(topic.name, None)
        if isinstance(topic, UserTopic):
            for session in list(topic.followed.values()):
                self.unfollow(topic, session)

    def _set_end(self, connection: Connection, lives_seconds: float) -> None:
        """Set when the grant expires, or an earlier age at which the stream is rotated."""
        age = self.limits.max_age_seconds * random.uniform(0.8, 1.2)  # so that not all end at once
        if 0 < age < lives_seconds:
            connection.expires_at, connection.ends_as = self.clock() + age, "rotated"
        else:
            connection.expires_at = tenth(self.clock() + lives_seconds)

    def _count(self, connection: Connection, more: int) -> None:
        self.count += more
        if connection.topic.name in self.session_topics:
            count = self._session_streams.get(connection.user_id, 0) + more
            self._session_streams[connection.user_id] = count
            if not count:
                del self._session_streams[connection.user_id]
