"""What the feed has written, added up over one batch and then counted at once: a count per write would cost as much as the write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from notifier import metrics
from notifier.realtime.connection import Connection
from notifier.realtime.renderer import Page


class FeedMetrics:
    """Knows kinds of events and not their wire format: what partials call an unnamed message is a notification here too."""

    def __init__(self) -> None:
        self._events: defaultdict[str, int] = defaultdict(int)
        self._openings: defaultdict[str, int] = defaultdict(int)
        self._moments: set[object] = set()

    def add(self, connection: Connection, page: Page, lost: bool) -> None:
        """`connection` is being brought from its `seq` to where `page` is."""
        after, changes = connection.seq, page.changes or ()
        if connection.started and not lost and len(changes) == 1:  # nearly always
            self._events[changes[0].kind(after)] += 1
            self._moments.add(changes[0].changed_at)
            return
        if not connection.started:
            self._events["connected"] += 1
            self._openings["reset" if lost else "resume" if connection.resumes else "new"] += 1
        if lost:
            self._events["reset"] += 1
            return
        states = 0
        for change in changes:
            if change.seq <= after:
                continue
            if change.kind(after) == "notification":
                self._events["notification"] += 1
            elif change.seq != states:  # all that one operation has changed is one event
                self._events["state"] += 1
                states = change.seq
            if connection.started:  # what is replayed is late because its reader was away
                self._moments.add(change.changed_at)

    def settle(self, age: Callable[[object], float]) -> None:
        """Counts, and begins anew. Of one operation the slowest of its batch counts, once, however many people it was for."""
        if self._events:
            metrics.count(metrics.messages_sent, self._events)
            metrics.count(metrics.openings, self._openings)
            for moment in self._moments:
                metrics.delivery_seconds.observe(max(0.0, age(moment)))
            for kept in (self._events, self._openings, self._moments):
                kept.clear()
