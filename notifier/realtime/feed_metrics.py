"""Counts of the events that the feed wrote, summed over one batch.

Incrementing a counter at each write would cost as much as the write itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from notifier import metrics
from notifier.realtime.connection import Connection
from notifier.realtime.snapshot import Page


class FeedMetrics:
    """Counts by kind of event, not by wire format.

    An unnamed event of the HTML stream is a `notification` here too.
    """

    def __init__(self) -> None:
        self._events: defaultdict[str, int] = defaultdict(int)
        self._openings: defaultdict[str, int] = defaultdict(int)
        self._moments: set[object] = set()

    def add(self, connection: Connection, page: Page, was_reset: bool, times: int = 1) -> None:
        """Count the events that bring `connection` from its `seq` to the state of `page`.

        `times`: the number of connections at its place.
        """
        after, changes = connection.seq, page.changes or ()
        if connection.opening is None and not was_reset and len(changes) == 1:  # nearly always
            self._events[changes[0].kind(after)] += times
            self._moments.add(changes[0].changed_at)
            return
        if connection.opening is not None:
            self._events["connected"] += times
            self._openings["reset" if was_reset else "resume" if connection.opening.resumes else "new"] += times
        if was_reset:
            self._events["reset"] += times
            return
        state_seq = 0
        for change in changes:
            if change.seq <= after:
                continue
            if change.kind(after) == "notification":
                self._events["notification"] += times
            elif change.seq != state_seq:  # all state changes of one operation are one event
                self._events["state"] += times
                state_seq = change.seq
            if connection.started:  # a replay is late because its client was away
                self._moments.add(change.changed_at)

    def flush(self, age: Callable[[object], float]) -> None:
        """Add the sums to the metrics and clear them.

        An operation is timed once per batch, however many recipients it has.
        """
        if self._events:
            metrics.count(metrics.messages_sent, self._events)
            metrics.count(metrics.openings, self._openings)
            for moment in self._moments:
                metrics.delivery_seconds.observe(max(0.0, age(moment)))
            for sums in (self._events, self._openings, self._moments):
                sums.clear()
