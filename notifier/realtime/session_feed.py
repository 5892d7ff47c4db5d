"""The part of the feed that tells streams how progress sessions stand.

Progress is state, not history: whoever watches is told how a session stands now, at most four times a second and with the last word never
left out. A session is watched under its own key, by streams that are for it alone and by the streams of users who follow it; all of
them are told in step. What comes too soon is read again when its time has come; an end is told at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from notifier import metrics
from notifier.realtime.connection import Connection
from notifier.realtime.hub import Hub
from notifier.realtime.renderer import ProgressRenderer, Session
from notifier.realtime.topic_names import session_topic
from notifier.realtime.watch import SessionTopic, Topic
from notifier.realtime.yielding import yield_to_others

_log = logging.getLogger("notifier.feed")
APART_SECONDS = 0.25
"""Between two updates of one session on one stream."""
_WRITES_AT_ONCE = 100
_STREAMS_AT_ONCE = 500
_NEVER = float("inf")


class Sessions(Protocol):
    """The database as this part of the feed sees it. Each call may raise `Unavailable`."""

    def good(self, grants: Collection[object]) -> Collection[object]:
        """Those of `grants` that have not been revoked."""

    def sessions(self, ids: Sequence[int]) -> Mapping[int, Session]:
        """Those of these sessions that there are, in one snapshot."""


class Progress:
    """`mark`: has the feed come back to a key."""

    def __init__(self, hub: Hub, truth: Sessions, mark: Callable[[Iterable[str]], None]) -> None:
        self._hub = hub
        self._truth = truth
        self._mark = mark
        self._later: dict[str, float] = {}  # keys whose news came too soon, and when to read them again

    @property
    def due_at(self) -> float:
        """When there is something to do that nobody will tell of."""
        return min(self._later.values(), default=_NEVER)

    def mark_due(self) -> None:
        now = self._hub.clock()
        due = [key for key, at in self._later.items() if at <= now]
        for key in due:
            del self._later[key]
        self._mark(due)

    def serve(self, watches: Sequence[SessionTopic]) -> None:
        """Tells whoever watches these sessions what they have not been told."""
        if not watches:
            return
        # Streams opened from here on have marked their key again: what is read now may be older than what their clients have seen.
        members = [list(watch) for watch in watches]
        sessions = self._truth.sessions([watch.session_id for watch in watches])
        for watch, streams in zip(watches, members, strict=True):
            session = sessions.get(watch.session_id)
            if session is None:
                self._end(watch)
            else:
                self._tell(watch, streams, session)

    def look(self) -> None:
        """Finds what no hint told of, and closes the streams of whoever may no longer watch."""
        watches = [watch for watch in self._hub.watches.values() if isinstance(watch, SessionTopic)]
        self._mark([watch.key for watch in watches])
        streams = [stream for watch in watches for stream in watch]
        for start in range(0, len(streams), _STREAMS_AT_ONCE):
            asked = streams[start : start + _STREAMS_AT_ONCE]
            good = self._truth.good([stream.grant for stream in asked])
            for stream in asked:
                if stream.grant not in good:
                    self._hub.end(stream, "revoked")
            yield_to_others()

    def follow(self, user: Topic, sessions: Sequence[int]) -> None:
        """Has `user`'s streams told of these sessions, which are under way."""
        if not user:
            return  # all of them have closed meanwhile
        for session_id in sessions:
            key = session_topic(session_id)
            if key not in user.followed:
                watch = self._hub.follow(user, key, session_id)
                self._await(watch, [connection for connection in user if connection.started])

    def arrived(self, connection: Connection) -> None:
        """A stream of a user's has begun: it is told how all that the user follows stands."""
        for watch in list(connection.watch.followed.values()):
            self._await(watch, [connection])

    def _await(self, watch: SessionTopic, arrivals: Iterable[Connection]) -> None:
        watch.arrivals.update(arrivals)
        self._mark([watch.key])

    def _tell(self, watch: SessionTopic, streams: Sequence[Connection], session: Session) -> None:
        waiting = [stream for stream in streams if stream.seq != session.version]
        waiting += self._followers(watch, session)
        if not waiting and not session.ended:
            return
        now = self._hub.clock()
        if now < watch.told_at + APART_SECONDS and not session.ended:
            self._later[watch.key] = watch.told_at + APART_SECONDS
            return
        watch.arrivals = set()
        watch.seq, watch.told_at = session.version, now
        self._write(waiting, watch, session)
        if session.ended:
            for user in list(watch.followers.values()):
                self._hub.unfollow(user, watch)

    def _followers(self, watch: SessionTopic, session: Session) -> list[Connection]:
        """The streams of users that have something to be told: all of them, or only those that have just begun."""
        if watch.seq == session.version:
            return list(watch.arrivals)
        return [connection for user in watch.followers.values() for connection in user if connection.started]

    def _write(self, streams: Sequence[Connection], watch: SessionTopic, session: Session) -> None:
        rendered: dict[ProgressRenderer, bytes] = {}
        told = 0
        for number, stream in enumerate(streams, 1):
            if stream.socket is None:
                continue
            if stream.renderer not in rendered:
                rendered[stream.renderer] = _rendered(stream.renderer, session)
            data = rendered[stream.renderer]
            told += bool(data)
            stream.write(data)
            if stream.watch is watch:
                stream.seq, stream.started = session.version, True
                if session.ended:
                    stream.end(b"", "finished")
            if number % _WRITES_AT_ONCE == 0:
                yield_to_others()
        metrics.messages_sent.labels("progress").inc(told)

    def _end(self, watch: SessionTopic) -> None:
        """The session is gone."""
        for stream in list(watch):
            self._hub.end(stream, "revoked")
        for user in list(watch.followers.values()):
            self._hub.unfollow(user, watch)


def _rendered(renderer: ProgressRenderer, session: Session) -> bytes:
    """Empty where the format has nothing to say of it; one that cannot be shown costs its own event and no other."""
    try:
        return renderer.progress(session)
    except Exception as error:  # any renderer, over a row that somebody may have written past the program
        _log.error("a session cannot be shown: %r", error)
        return b""
