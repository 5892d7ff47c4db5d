"""Counts of rate limits in this process's memory.

Each operation costs the same for one key and for a million: to read all keys again and again for the expired ones took 7 % of a busy
server's time.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable

_MAX_FORGOTTEN = 10


class MemoryCounters:
    """Counts that are reset a number of seconds after their first; a `Counters`."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._counts: dict[str, tuple[int, float]] = {}  # by key: the count and when it is reset
        self._due: list[tuple[float, str]] = []  # a heap: each key by the time of its reset

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self._clock()
        self._forget(now)
        count, reset_at = self._counts.get(key, (0, 0.0))
        if reset_at <= now:
            count, reset_at = 0, now + expiry
            heapq.heappush(self._due, (reset_at, key))
        self._counts[key] = (count + amount, reset_at)
        return count + amount

    def get(self, key: str) -> int:
        count, reset_at = self._counts.get(key, (0, 0.0))
        return count if reset_at > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        return self._counts.get(key, (0, self._clock()))[1]

    def __len__(self) -> int:
        """The number of keys in memory."""
        return len(self._counts)

    def _forget(self, now: float) -> None:
        """Remove a few of the expired keys: more than one call adds, so that they never pile up."""
        for _ in range(_MAX_FORGOTTEN):
            if not self._due or self._due[0][0] > now:
                return
            reset_at, key = heapq.heappop(self._due)
            if self._counts.get(key, (0, 0.0))[1] == reset_at:  # otherwise its next window has begun
                del self._counts[key]
