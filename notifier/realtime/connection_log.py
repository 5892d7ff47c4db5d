"""Bounded buffer of opened and closed connections; on overflow it is cleared and `lost` is set."""

from __future__ import annotations

from typing import NamedTuple

_MAX_ENTRIES = 50_000


class Opened(NamedTuple):
    """A stream of `user_id` that subscribed to `topic`, `at` a time of the hub's clock.

    `seq`: the cursor it starts from.
    """

    number: int
    topic: str
    user_id: int
    seq: int
    at: float


class Closed(NamedTuple):
    """A stream that ended. `seq`: the cursor it had reached."""

    number: int
    seq: int
    at: float
    reason: str


class ConnectionLog:
    """Entries in order.

    `lost`: entries were dropped, so the reader has to start from the hub's present state.
    """

    def __init__(self) -> None:
        self.entries: list[Opened | Closed] = []
        self.lost = False

    def append(self, entry: Opened | Closed) -> None:
        """Add an entry."""
        if len(self.entries) >= _MAX_ENTRIES:
            self.entries.clear()
            self.lost = True
        self.entries.append(entry)

    def take(self, most: int) -> list[Opened | Closed]:
        """Remove and return the oldest entries, at most `most`."""
        taken, self.entries = self.entries[:most], self.entries[most:]
        return taken

    def put_back(self, entries: list[Opened | Closed]) -> None:
        """Return entries of `take` that could not be written to the database."""
        self.entries[:0] = entries
