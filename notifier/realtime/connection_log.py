"""Who came to the hub and who left it, kept for whoever tells the other processes. Bounded: past its bound it forgets all, and says so."""

from __future__ import annotations

from typing import NamedTuple

_MOST = 50_000


class Came(NamedTuple):
    """A stream of `user_id` that watches `key`, opened `at` a time of the hub's clock. `seq`: the cursor it starts from."""

    number: int
    key: str
    user_id: int
    seq: int
    at: float


class Left(NamedTuple):
    """A stream that ended. `seq`: what it had reached."""

    number: int
    seq: int
    at: float
    reason: str


class ConnectionLog:
    """`lost`: something was forgotten; whoever reads it has to begin anew."""

    def __init__(self) -> None:
        self.entries: list[Came | Left] = []
        self.lost = False

    def note(self, entry: Came | Left) -> None:
        if len(self.entries) >= _MOST:
            self.entries.clear()
            self.lost = True
        self.entries.append(entry)

    def take(self, most: int) -> list[Came | Left]:
        """The oldest entries, which are no longer kept here."""
        taken, self.entries = self.entries[:most], self.entries[most:]
        return taken

    def give_back(self, entries: list[Came | Left]) -> None:
        """What could not be told now is told later."""
        self.entries[:0] = entries
