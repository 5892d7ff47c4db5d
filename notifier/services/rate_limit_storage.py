"""Counts of rate limits: shared in Redis while it answers, else in this process's memory.

Counts are not carried over between the two: at worst a user has the limit twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from limits.storage import RedisStorage
from redis import RedisError

from notifier.realtime.breaker import Breaker, State
from notifier.realtime.redis_bus import CLIENT_OPTIONS
from notifier.services.memory_counters import MemoryCounters
from notifier.services.rate_limits import Counters

Result = TypeVar("Result")

_log = logging.getLogger("notifier.rates")
_REST_SECONDS = 2.0


class SharedCounters:
    """Counters in Redis with a fallback in memory.

    `usable`: whether the bus is connected to Redis. It is checked first, so that no request waits for a Redis that hangs.
    """

    def __init__(self, url: str, usable: Callable[[], bool]) -> None:
        self._usable = usable
        self._shared = RedisStorage(url, key_prefix="notifier:rate", max_connections=100, **CLIENT_OPTIONS)
        self._own = MemoryCounters()
        self._breaker = Breaker(failures=1, rest_seconds=_REST_SECONDS)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self._run(lambda counters: counters.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        return self._run(lambda counters: counters.get(key))

    def get_expiry(self, key: str) -> float:
        return self._run(lambda counters: counters.get_expiry(key))

    def _run(self, operation: Callable[[Counters], Result]) -> Result:
        if not self._usable() or not self._breaker.allows(time.monotonic()):
            return operation(self._own)
        try:
            result = operation(self._shared)
        except (RedisError, OSError) as error:
            if self._breaker.state is State.CLOSED:
                _log.warning("rate limits are counted by each process for itself: %s", error)
            self._breaker.failed(time.monotonic())
            return operation(self._own)
        self._breaker.succeeded()
        return result
