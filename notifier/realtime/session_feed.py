"""The part of the feed that sends the progress of sessions.

Progress is state, not history: a stream gets a session's present state, at most four times a second, and its last state always.
A session has its own topic, with the streams that are for it alone and the users that follow it on their own streams; all of them
are sent the same version. A state that comes too soon is read again when its time has come; an end is sent at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from notifier import metrics
from notifier.realtime.connection import Connection
from notifier.realtime.hub import Hub
from notifier.realtime.ports import ProgressRenderer, SessionReader
from notifier.realtime.snapshot import Session
from notifier.realtime.topic_names import session_topic
from notifier.realtime.topics import SessionTopic, UserTopic
from notifier.realtime.yielding import yield_to_others

_log = logging.getLogger("notifier.feed")
MIN_INTERVAL_SECONDS = 0.25
"""Between two updates of one session on one stream."""
_WRITES_PER_SLICE = 100
_NEVER = float("inf")


class SessionFeed:
    """`mark`: has the feed read topics again."""

    def __init__(self, hub: Hub, reader: SessionReader, mark: Callable[[Iterable[str]], None]) -> None:
        self._hub = hub
        self._reader = reader
        self._mark = mark
        self._later: dict[str, float] = {}  # topics whose state came too soon, and when to read them again

    @property
    def due_at(self) -> float:
        """When `mark_due` has to be called next, by the hub's clock."""
        return min(self._later.values(), default=_NEVER)

    def mark_due(self) -> None:
        """Mark the topics whose time has come."""
        now = self._hub.clock()
        due = [name for name, at in self._later.items() if at <= now]
        for name in due:
            del self._later[name]
        self._mark(due)

    def serve(self, topics: Sequence[SessionTopic]) -> None:
        """Bring the subscribers of these sessions up to date."""
        if not topics:
            return
        # Streams opened from here on have marked their topic again: this read may be older than the state their clients have seen.
        members = [list(topic) for topic in topics]
        sessions = self._reader.sessions([topic.session_id for topic in topics])
        for topic, streams in zip(topics, members, strict=True):
            session = sessions.get(topic.session_id)
            if session is None:
                self._end(topic)
            else:
                self._update(topic, streams, session)

    def poll(self) -> None:
        """Mark all sessions, since hints may have been lost."""
        self._mark(list(self._hub.session_topics))

    def follow(self, user: UserTopic, sessions: Sequence[int]) -> None:
        """Send the progress of these sessions, which are under way, to the user's streams too."""
        if not user:
            return  # the last of them has closed meanwhile
        for session_id in sessions:
            name = session_topic(session_id)
            if name not in user.followed:
                topic = self._hub.follow(user, name, session_id)
                self._await(topic, [connection for connection in user if connection.started])

    def arrived(self, user: UserTopic, connection: Connection) -> None:
        """Send all sessions that the user follows to a stream that has just had its first event."""
        for topic in list(user.followed.values()):
            self._await(topic, [connection])

    def _await(self, topic: SessionTopic, arrivals: Iterable[Connection]) -> None:
        topic.arrivals.update(arrivals)
        self._mark([topic.name])

    def _update(self, topic: SessionTopic, streams: Sequence[Connection], session: Session) -> None:
        waiting = [stream for stream in streams if stream.seq != session.version]
        waiting += self._followers(topic, session)
        if not waiting and not session.ended:
            return
        now = self._hub.clock()
        if now < topic.sent_at + MIN_INTERVAL_SECONDS and not session.ended:
            self._later[topic.name] = topic.sent_at + MIN_INTERVAL_SECONDS
            return
        topic.arrivals = set()
        topic.seq, topic.sent_at = session.version, now
        self._write(waiting, topic, session)
        if session.ended:
            for user in list(topic.followers.values()):
                self._hub.unfollow(user, topic)

    def _followers(self, topic: SessionTopic, session: Session) -> list[Connection]:
        """The streams of followers to write to: all for a new version, otherwise only new streams."""
        if topic.seq == session.version:
            return list(topic.arrivals)
        return [connection for user in topic.followers.values() for connection in user if connection.started]

    def _write(self, streams: Sequence[Connection], topic: SessionTopic, session: Session) -> None:
        rendered: dict[ProgressRenderer, bytes] = {}
        written = 0
        for number, stream in enumerate(streams, 1):
            if stream.socket is None:
                continue
            if stream.wire.renderer not in rendered:
                rendered[stream.wire.renderer] = _rendered(stream.wire.renderer, session)
            data = rendered[stream.wire.renderer]
            written += bool(data)
            stream.write(data)
            if stream.topic is topic:
                stream.seq, stream.opening = session.version, None
                if session.ended:
                    stream.end(b"", "finished")
            if number % _WRITES_PER_SLICE == 0:
                yield_to_others()
        metrics.messages_sent.labels("progress").inc(written)

    def _end(self, topic: SessionTopic) -> None:
        """Close the streams of a session that was deleted."""
        for stream in list(topic):
            self._hub.end(stream, "revoked")
        for user in list(topic.followers.values()):
            self._hub.unfollow(user, topic)


def _rendered(renderer: ProgressRenderer, session: Session) -> bytes:
    """Render a session; empty where the format has no event for it, or where rendering fails."""
    try:
        return renderer.progress(session)
    except Exception as error:  # a renderer may raise anything over a row that another program has written
        _log.error("a session cannot be rendered: %r", error)
        return b""
