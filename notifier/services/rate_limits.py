"""Rate limits in fixed windows, per user, key, account or address."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import Protocol

from flask import Flask

from notifier import current
from notifier.errors import TooMany
from notifier.services.memory_counters import MemoryCounters

_RATES = "notifier.rates"
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


class Counters(Protocol):
    """Where the counts are stored: in this process's memory, or in `rate_limit_storage`."""

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add `amount` to the count of `key` and return it.

        The count is reset `expiry` seconds after its first.
        """

    def get(self, key: str) -> int:
        """The count of `key`."""

    def get_expiry(self, key: str) -> float:
        """The time when `key` is reset, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """At most `amount` in `seconds`."""

    amount: int
    seconds: int

    def key(self, *who: str) -> str:
        """The key of a count. Each part is quoted, so that `a/b` is not counted as `a` and `b`."""
        quoted = [part.replace("%", "%25").replace("/", "%2F") for part in who]
        return f"{'/'.join(quoted)}/{self.amount}/{self.seconds}"


class Rates:
    """Counts requests against the settings named `…_RATE`.

    `who`: the parts of the name that is counted.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def count(self, rate: str, *who: str) -> None:
        """Count one more. Raises `TooMany` when that exceeds the rate."""
        limit = _limit(rate)
        if limit is not None and self._add(limit, rate, *who) > limit.amount:
            self._refuse(limit, rate, *who)

    def note(self, rate: str, *who: str) -> None:
        """Count one attempt without enforcing the limit."""
        limit = _limit(rate)
        if limit is not None:
            self._add(limit, rate, *who)

    def check(self, rate: str, *who: str) -> None:
        """Raise `TooMany` if the rate is used up, without counting."""
        limit = _limit(rate)
        if limit is not None and self.used(rate, *who) >= limit.amount:
            self._refuse(limit, rate, *who)

    def within(self, most: str, *who: str) -> bool:
        """Count one more. Return whether that is within `most`, such as `10/minute`, which is no setting."""
        limit = _parsed(most)
        return self._counters.incr(limit.key(*who), limit.seconds) <= limit.amount

    def used(self, rate: str, *who: str) -> int:
        """The count in the current window."""
        limit = _limit(rate)
        return 0 if limit is None else self._counters.get(limit.key(rate, *who))

    def _add(self, limit: _Limit, rate: str, *who: str) -> int:
        return self._counters.incr(limit.key(rate, *who), limit.seconds)

    def _refuse(self, limit: _Limit, rate: str, *who: str) -> None:
        reset_at = self._counters.get_expiry(limit.key(rate, *who))
        seconds = max(1, round(reset_at - time.time() + 0.5))
        raise TooMany(f"Too many attempts; try again in {seconds} s.", retry_after=seconds)


def register(app: Flask, counters: Counters | None = None) -> None:
    """Set up the rate limits of `app`.

    Without `counters`, they are counted in this process's memory.
    """
    app.extensions[_RATES] = Rates(counters or MemoryCounters())


def rates() -> Rates:
    """The rate limits of the current application."""
    found: Rates = current.app().extensions[_RATES]
    return found


def _limit(rate: str) -> _Limit | None:
    setting: str = current.app().config[rate]
    return None if setting == "off" else _parsed(setting)


@functools.cache
def _parsed(rate: str) -> _Limit:
    """`rate`: as `setting_values.rate` allows it."""
    amount, _, unit = rate.partition("/")
    return _Limit(int(amount), _SECONDS[unit])
