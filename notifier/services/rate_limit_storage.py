"""Where rates are counted: in Redis, for all processes together, while it can be asked; else in this process's memory.

What is counted in one place is not carried over to the other: at worst somebody has their rate twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from limits.storage import MemoryStorage, RedisStorage
from redis import RedisError

from notifier.realtime.breaker import Breaker, State
from notifier.realtime.redis_bus import OPTIONS
from notifier.services.rate_limits import Counters

Answer = TypeVar("Answer")

_log = logging.getLogger("notifier.rates")
_REST_SECONDS = 2.0


class SharedCounters:
    """`usable`: what the bus knows of Redis. Asked first, so that no request waits for one that hangs."""

    def __init__(self, url: str, usable: Callable[[], bool]) -> None:
        self._usable = usable
        self._shared = RedisStorage(url, key_prefix="notifier:rate", max_connections=100, **OPTIONS)
        self._own = MemoryStorage()
        self._breaker = Breaker(failures=1, rest_seconds=_REST_SECONDS)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self._ask(lambda counters: counters.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        return self._ask(lambda counters: counters.get(key))

    def get_expiry(self, key: str) -> float:
        return self._ask(lambda counters: counters.get_expiry(key))

    def _ask(self, question: Callable[[Counters], Answer]) -> Answer:
        if not self._usable() or not self._breaker.allows(time.monotonic()):
            return question(self._own)
        try:
            answer = question(self._shared)
        except (RedisError, OSError) as error:
            if self._breaker.state is State.CLOSED:
                _log.warning("rates are counted by each process for itself: %s", error)
            self._breaker.failed(time.monotonic())
            return question(self._own)
        self._breaker.succeeded()
        return answer
