"""From "something changed" to bytes: the one greenlet that reads the truth and writes events to streams.

Opening a stream is to register under its key and mark the key here. Replay, live events and the repair after a lost hint are the
same pass: read what lies behind each connection's own `seq`, render it, write it. Nothing to join, nothing to dedupe.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol, cast

import gevent
from gevent.event import Event

from notifier.errors import Unavailable
from notifier.realtime import safe_rendering
from notifier.realtime.connection import LOST, Connection
from notifier.realtime.feed_metrics import FeedMetrics
from notifier.realtime.hub import Hub
from notifier.realtime.renderer import Page, Renderer, Snapshot
from notifier.realtime.session_feed import Progress, Sessions
from notifier.realtime.watch import SessionTopic, Topic
from notifier.realtime.yielding import yield_to_others

_log = logging.getLogger("notifier.feed")
_KEYS_AT_ONCE = 250
_WRITES_AT_ONCE = 100
# Behind every cursor there can be: for a stream that starts with a reset there is nothing to read.
_BEYOND = 2**62


class SnapshotReader(Sessions, Protocol):
    """The database as the feed sees it. Each call may raise `Unavailable`."""

    def moved(self) -> bool:
        """Whether anything was committed since the last call; cheap."""

    def serving(self) -> bool:
        """Whether there are to be streams at all."""

    def heads(self, user_ids: Sequence[int]) -> Iterable[tuple[int, int, int]]:
        """(user, seq, access) of each of these inboxes."""

    def age(self, changed_at: object) -> float:
        """How many seconds ago a change was written, by the clock on the wall."""

    def read(self, wants: Sequence[tuple[int, int]], limit: int) -> Snapshot:
        """One snapshot of the inboxes of `wants`, pairs of (user, cursor), with at most `limit` changes behind each cursor."""


class Feed:
    """`look_seconds`: how often it looks for changes that nobody told of. `replay_limit`: changes a stream is caught up on."""

    def __init__(self, hub: Hub, truth: SnapshotReader, *, look_seconds: float, replay_limit: int) -> None:
        self._hub = hub
        self._truth = truth
        self._look_seconds = look_seconds
        self._limit = replay_limit
        self._dirty: dict[str, None] = {}  # keys to read, oldest first
        self._wake = Event()
        self._look_again = True
        self._progress = Progress(hub, truth, self.mark)
        self._next_look = 0.0
        self._serving = True
        self._tally = FeedMetrics()

    def mark(self, keys: Iterable[str]) -> None:
        """Tells that `keys` changed. Keys that nobody here watches are passed over."""
        watches = self._hub.watches
        for key in keys:
            if key in watches:
                self._dirty[key] = None
        if self._dirty:
            self._wake.set()

    def look_soon(self) -> None:
        """Looks at everything at the next opportunity: hints may have been lost."""
        self._look_again = True
        self._next_look = 0.0
        self._wake.set()

    def run(self) -> None:
        """Feeds for ever."""
        clock = self._hub.clock
        reachable = True
        while True:
            if not reachable:
                gevent.sleep(max(0.0, self._next_look - clock()))
            elif not self._dirty:
                self._wake.wait(max(0.0, min(self._next_look, self._progress.due_at) - clock()))
            self._wake.clear()  # before the read: what is marked from here on wakes the next round
            try:
                if clock() >= self._next_look:
                    self._next_look = clock() + self._look_seconds
                    self._look()
                self._feed()
                reachable = True
            except Unavailable as trouble:
                if reachable:
                    _log.warning("streams wait for the database: %s", trouble)
                reachable = False
            yield_to_others()

    def _look(self) -> None:
        """Finds what no hint told of: other processes, lost hints, writers without a bus. Compares heads with heads, no clocks."""
        self._look_again = self._truth.moved() or self._look_again
        if not self._hub.watches:
            return
        if self._look_again:
            self._serving = self._truth.serving()
        if not self._serving:  # also those that were allowed just before and came just after
            self._hub.end_all("disabled")
        if not self._look_again:
            return
        by_user = {watch.user_id: watch for watch in self._hub.watches.values() if not isinstance(watch, SessionTopic)}
        users = list(by_user)
        for start in range(0, len(users), _KEYS_AT_ONCE):
            asked = users[start : start + _KEYS_AT_ONCE]
            heads = {user: (seq, access) for user, seq, access in self._truth.heads(asked)}
            self.mark(by_user[user].key for user in asked if heads.get(user) != (by_user[user].seq, by_user[user].access))
            yield_to_others()
        self._progress.look()
        self._look_again = False

    def _feed(self) -> None:
        """One batch: one snapshot for all its keys, then writes in slices."""
        self._progress.mark_due()
        keys = list(islice(self._dirty, _KEYS_AT_ONCE))
        for key in keys:
            del self._dirty[key]
        watches = [watch for key in keys if (watch := self._hub.watches.get(key)) is not None]
        if not watches:
            return
        try:
            self._feed_users([watch for watch in watches if not isinstance(watch, SessionTopic)])
            self._progress.serve([watch for watch in watches if isinstance(watch, SessionTopic)])
        except Unavailable:
            self.mark(keys)
            raise
        finally:
            self._tally.settle(self._truth.age)

    def _feed_users(self, watches: Sequence[Topic]) -> None:
        if not watches:
            return
        # Streams opened from here on have marked their key again: this snapshot may be older than what their clients have seen.
        batch = [(watch, list(watch)) for watch in watches]
        afters = [min((c.seq for c in connections if c.seq >= 0), default=_BEYOND) for _, connections in batch]
        wants = [(watch.user_id, after) for (watch, _), after in zip(batch, afters, strict=True)]
        snapshot = self._truth.read(wants, self._limit)
        written = 0
        for (watch, connections), after in zip(batch, afters, strict=True):
            written = self._serve(watch, connections, after, snapshot, written)

    def _serve(self, watch: Topic, connections: Sequence[Connection], after: int, snapshot: Snapshot, written: int) -> int:
        page = snapshot.pages.get(watch.user_id)
        if page is None:
            self._end(watch)
            return written
        if page.changes is None:
            self.mark([watch.key])
            return written
        if page.access != watch.access:
            self._recheck(watch, page.access)
        self._progress.follow(watch, page.sessions)
        return self._deliver(watch, connections, after, page, snapshot, written)

    def _deliver(self, watch: Topic, connections: Sequence[Connection], after: int, page: Page, snapshot: Snapshot, written: int) -> int:
        """Brings each of `connections` to the state of `page`. Those at the same place get the same bytes."""
        rendered: dict[tuple[object, bool, int], tuple[bytes | None, bool]] = {}
        for connection in connections:
            if connection.socket is None or (connection.started and connection.seq == page.seq):
                continue
            if page.behind > self._limit and connection.seq > after:
                self.mark([watch.key])  # only the furthest behind is given up; the others are read for next
                continue
            place = (connection.renderer, connection.started, connection.seq)
            if place not in rendered:
                rendered[place] = self._render(connection, page, snapshot)
            told, lost = rendered[place]
            if told is None:
                self._hub.end(connection, "reset")
                continue
            self._tally.add(connection, page, lost)
            began = not connection.started
            connection.seq, connection.started = page.seq, True
            connection.write(told)
            if began:
                self._progress.arrived(connection)
            written += 1
            if written % _WRITES_AT_ONCE == 0:
                yield_to_others()
        watch.seq, watch.unread = page.seq, page.unread
        return written

    def _render(self, connection: Connection, page: Page, snapshot: Snapshot) -> tuple[bytes | None, bool]:
        """What it is told, None for a client that starts anew by coming back; and whether it could not be caught up."""
        renderer, seq = cast(Renderer, connection.renderer), connection.seq  # a user's stream has one for inboxes
        lost = seq == LOST or seq > page.seq or seq < page.floor or page.behind > self._limit
        if not connection.started:
            snapshot = replace(snapshot, replay=True)
        behind = [] if lost or seq == page.seq else [change for change in page.changes or () if change.seq > seq]
        told = b""
        try:
            if behind:
                told = safe_rendering.changes(renderer, behind, seq, page, snapshot, most_bytes=self._hub.backlog_bytes)
        except safe_rendering.TooLong:
            lost = True
        if lost:
            reset = renderer.reset(snapshot.epoch, page)
            if reset is None:
                return None, lost
            told = reset
        if connection.started:
            return told, lost
        return renderer.connected(connection.watch.name, snapshot.epoch, None if lost else seq, page) + told, lost

    def _recheck(self, watch: Topic, access: int) -> None:
        """Something was revoked: closes those of the user's streams that it concerns."""
        good = self._truth.good([connection.grant for connection in watch])
        for connection in list(watch):
            if connection.grant not in good:
                self._hub.end(connection, "revoked")
        watch.access = access

    def _end(self, watch: Topic) -> None:
        """The inbox is gone, with its user."""
        for connection in list(watch):
            self._hub.end(connection, "revoked")
