"""Counts of rate limits: shared in Redis while it answers, else in this process's memory.

Counts are not carried over between the two: at worst a user has the limit twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis import Redis, RedisError

from notifier.realtime.breaker import Breaker, State
from notifier.realtime.redis_bus import CLIENT_OPTIONS
from notifier.services.memory_counters import MemoryCounters
from notifier.services.rate_limits import Counters

Result = TypeVar("Result")

_log = logging.getLogger("notifier.rates")
_REST_SECONDS = 2.0
_MAX_CONNECTIONS = 100
_PREFIX = "notifier:rate:"
# One step, so that no count is left without an end.
_INCREMENT = """
local count = redis.call("incrby", KEYS[1], ARGV[2])
if count == tonumber(ARGV[2]) then
  redis.call("expire", KEYS[1], ARGV[1])
end
return count
"""


class RedisCounters:
    """Counts in Redis; a `Counters`. Raises what the client raises."""

    def __init__(self, url: str) -> None:
        self._client: Any = Redis.from_url(url, max_connections=_MAX_CONNECTIONS, **CLIENT_OPTIONS)
        self._increment = self._client.register_script(_INCREMENT)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return int(self._increment([_PREFIX + key], [expiry, amount]))

    def get(self, key: str) -> int:
        return int(self._client.get(_PREFIX + key) or 0)

    def get_expiry(self, key: str) -> float:
        return time.time() + max(0, int(self._client.ttl(_PREFIX + key)))


class SharedCounters:
    """Counters in Redis with a fallback in memory.

    `usable`: whether the bus is connected to Redis. It is checked first, so that no request waits for a Redis that hangs.
    """

    def __init__(self, url: str, usable: Callable[[], bool]) -> None:
        self._usable = usable
        self._shared = RedisCounters(url)
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
