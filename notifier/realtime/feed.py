"""The one greenlet per process that reads changed topics and writes their events to streams.

Opening a stream registers it under its topic and marks the topic. Replay, live events and the repair after a lost hint are the same
pass: read what is behind each connection's own `seq`, render it, write it. There is nothing to join and nothing to dedupe.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import cast

import gevent
from gevent.event import Event

from notifier.errors import Unavailable
from notifier.realtime.connection import LOST, Connection
from notifier.realtime.fan_out import FanOut, Write
from notifier.realtime.hub import Hub
from notifier.realtime.ports import Renderer, SnapshotReader
from notifier.realtime.session_feed import SessionFeed
from notifier.realtime.snapshot import Snapshot
from notifier.realtime.topics import UserTopic
from notifier.realtime.user_poll import UserPoll
from notifier.realtime.yielding import until_next_round, yield_once, yield_to_others

_log = logging.getLogger("notifier.feed")
_BATCH_SIZE = 250
_SLICE_SECONDS = 0.003
# Beyond every possible cursor: a stream that starts with a reset has no changes to read.
_BEYOND_ANY_SEQ = 2**62
_NOT_CHECKED = -1  # unlike every state of access, so that the next read checks grants again


class Feed:
    """Brings the streams of one process up to date; a `HintReceiver`.

    `replay_limit`: how many changes a stream is sent; a client further behind gets a `reset`.
    """

    def __init__(self, hub: Hub, reader: SnapshotReader, *, poll_seconds: float, replay_limit: int) -> None:
        self._hub = hub
        self._reader = reader
        self._poll_seconds = poll_seconds
        self._limit = replay_limit
        self._dirty: dict[str, list[Connection]] = {}  # topics to read, oldest first, with the streams that wait for their first event
        self._wake = Event()
        self._poll_needed = True
        self._users = UserPoll(hub, reader, self.mark)
        self._sessions = SessionFeed(hub, reader, self.mark)
        self._next_poll = 0.0
        self._serving = True
        self._fan_out = FanOut(hub, self._sessions, self._mark_again, replay_limit)

    def begin(self, connection: Connection) -> None:
        """Send a stream that has just been opened its first event."""
        self._mark_again(connection.topic.name, [connection])

    def mark(self, topics: Iterable[str]) -> None:
        """Read these topics next. Topics without subscribers in this process are ignored."""
        for name in topics:
            if name in self._hub.topics:
                self._dirty.setdefault(name, [])
        if self._dirty:
            self._wake.set()

    def _mark_again(self, topic: str, arrivals: Iterable[Connection]) -> None:
        """As `mark`. `arrivals`: streams of the topic that wait for their first event."""
        self.mark([topic])
        if topic in self._dirty:
            self._dirty[topic].extend(arrivals)

    def poll_soon(self) -> None:
        """Poll at the next opportunity, because hints may have been lost."""
        self._poll_needed = True
        self._next_poll = 0.0
        self._wake.set()

    def check_watchers_soon(self) -> None:
        """Check the grants of `Hub.watchers` at the next poll.

        A grant may be revoked while its stream is being opened.
        """
        self._poll_needed = True

    def run(self) -> None:
        """Bring streams up to date, for ever."""
        clock = self._hub.clock
        reachable = True
        while True:
            if not reachable:
                gevent.sleep(max(0.0, self._next_poll - clock()))
            elif not self._dirty:
                self._wake.wait(max(0.0, min(self._next_poll, self._sessions.due_at) - clock()))
            self._wake.clear()  # before the read: a topic marked from here on wakes the next round
            try:
                if clock() >= self._next_poll:
                    self._next_poll = clock() + until_next_round(self._poll_seconds)
                    self._poll()
                self._feed()
                reachable = True
            except Unavailable as error:
                if reachable:
                    _log.warning("streams wait for the database: %s", error)
                reachable = False
                for stream in chain.from_iterable(self._dirty.values()):
                    stream.send_first()
            self._yield()

    def _yield(self) -> None:
        """Let others run: after many writes all who are ready, else for one turn.

        A busy process is idle only after tens of milliseconds, which single messages would wait (at 60 POSTs a second on a loaded machine
        half of them 78 ms, with one turn 56).
        """
        if self._fan_out.was_large:
            yield_to_others()
        else:
            yield_once()

    def _poll(self) -> None:
        """Mark topics that changed without a hint.

        Their writer has no bus, or the hint was lost. Nothing is read unless there was a commit, and then only what it changed.
        Revocation of grants and the kill switch are found here too.
        """
        self._poll_needed = self._reader.moved() or self._poll_needed
        if not self._hub.topics:
            return
        if self._poll_needed:
            self._serving = self._reader.serving()
        if not self._serving:  # at each poll: a stream may have been authorized just before, and opened just after
            self._hub.end_all("disabled")
        if not self._poll_needed:
            return
        self._poll_needed = False  # here: a watcher that arrives from now on is checked by the next poll
        try:
            self._users.run()
            self._sessions.poll()
            self._check_watchers()
        except Unavailable:
            self._poll_needed = True
            raise

    def _feed(self) -> None:
        """Serve one batch: one snapshot for all its topics, then writes in slices."""
        self._sessions.mark_due()
        marked = {name: self._dirty.pop(name) for name in list(islice(self._dirty, _BATCH_SIZE))}
        topics, sessions = self._hub.topics, self._hub.session_topics
        try:
            self._feed_users([(topic, new) for name, new in marked.items() if isinstance(topic := topics.get(name), UserTopic)])
            self._sessions.serve([sessions[name] for name in marked if name in sessions])
        except Unavailable:
            for name, arrivals in marked.items():
                self._mark_again(name, arrivals)
            raise
        finally:
            self._fan_out.end_batch(self._reader.age)

    def _feed_users(self, marked: Sequence[tuple[UserTopic, list[Connection]]]) -> None:
        if not marked:
            return
        # Streams opened from here on have marked their topic again: this snapshot may be older than the state their clients have seen.
        batch = [(topic, _unstarted(arrivals) if arrivals else arrivals) for topic, arrivals in marked]
        wants = [(topic.user_id, _lowest_seq(topic, arrivals) if arrivals else topic.seq) for topic, arrivals in batch]
        began_at = self._hub.clock()
        snapshot = self._reader.read(wants, self._limit, listed=any(topic.shows_listed for topic, _ in batch))
        writes: list[Write] = []
        try:
            for (topic, arrivals), (_, after) in zip(batch, wants, strict=True):
                if self._hub.clock() > began_at + _SLICE_SECONDS:  # also after the read, which takes 8 ms for 500 different messages
                    rendered, writes = writes, []
                    self._fan_out.send(rendered)
                    yield_once()  # a busy process is never idle, and on PostgreSQL each read takes longer
                    began_at = self._hub.clock()
                writes += self._writes(topic, arrivals, after, snapshot)
        finally:  # also of a batch that the database interrupts: its topics count as up to date
            self._fan_out.send(writes)

    def _writes(self, topic: UserTopic, arrivals: Sequence[Connection], after: int, snapshot: Snapshot) -> Sequence[Write]:
        """What the streams of a topic are sent, after a check of grants that may have been revoked."""
        page = snapshot.pages.get(topic.user_id)
        if page is None:
            self._end(topic)
            return ()
        if page.changes is None:
            self._mark_again(topic.name, arrivals)
            return ()
        if page.access != topic.access:
            self._recheck(topic, page.access)
        if page.sessions:
            self._sessions.follow(topic, page.sessions)
        # Where nothing changed, a new stream costs as much however many others its user has.
        streams = arrivals if page.seq == topic.seq else [*[stream for stream in topic if stream.opening is None], *arrivals]
        return self._fan_out.writes(topic, streams, after, page, snapshot)

    def _check_watchers(self) -> None:
        """Close the streams of sessions and of other users' inboxes whose grant was revoked."""
        watchers = list(self._hub.watchers)
        for start in range(0, len(watchers), _BATCH_SIZE):
            self._end_revoked(watchers[start : start + _BATCH_SIZE])
            yield_to_others()

    def _recheck(self, topic: UserTopic, access: int) -> None:
        """Close the user's streams whose grant was revoked, and show the settings on the others.

        Both change the same number.
        """
        own = [connection for connection in topic if connection not in self._hub.watchers]
        topic.access = access  # at once: a stream that is opened during the reads, with an older grant, lowers it again
        try:
            self._end_revoked(own)
            settings = self._reader.settings(topic.user_id)
        except Unavailable:
            topic.access = _NOT_CHECKED
            raise
        for connection in own:
            if settings is not None and connection.started:  # one that starts now is of a page that has them already
                connection.write(cast(Renderer, connection.wire.renderer).settings(settings))

    def _end_revoked(self, connections: Sequence[Connection]) -> None:
        good = self._reader.good([connection.grant for connection in connections])
        for connection in connections:
            if connection.grant not in good:
                self._hub.end(connection, "revoked")

    def _end(self, topic: UserTopic) -> None:
        """Close the streams of a user who was deleted."""
        for connection in list(topic):
            self._hub.end(connection, "revoked")


def _unstarted(arrivals: Iterable[Connection]) -> list[Connection]:
    """Those that are open and wait for their first event, each once.

    An interrupted batch may have marked them twice.
    """
    return [stream for stream in dict.fromkeys(arrivals) if stream.socket is not None and not stream.started]


def _lowest_seq(topic: UserTopic, arrivals: Sequence[Connection]) -> int:
    """The lowest cursor that can be replayed from.

    Streams that have started are where their topic is.
    """
    cursors = [stream.seq for stream in arrivals if stream.seq != LOST]
    if len(topic) > len(arrivals):
        cursors.append(topic.seq)
    return min(cursors, default=_BEYOND_ANY_SEQ)
