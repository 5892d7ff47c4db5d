"""How often somebody may do something, in fixed windows."""

from __future__ import annotations

import time
from typing import Protocol
from urllib.parse import quote

from flask import Flask, current_app
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage

from notifier.errors import TooMany

_RATES = "notifier.rates"


class Counters(Protocol):
    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """The count of `key` with `amount` added. It begins anew `expiry` seconds after its first."""

    def get(self, key: str) -> int:
        """The count of `key`."""

    def get_expiry(self, key: str) -> float:
        """When `key` begins anew, in seconds since 1970."""


class Rates:
    """Counts against the settings named `…_RATE`."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def count(self, rate: str, *who: str) -> None:
        """One more by `who`. Raises `TooMany` when that is over the rate."""
        limit = _limit(rate)
        if limit is not None and self._add(limit, 1, rate, *who) > limit.amount:
            self._refuse(limit, rate, *who)

    def note(self, rate: str, *who: str) -> None:
        """One more by `who`, whatever the rate says."""
        limit = _limit(rate)
        if limit is not None:
            self._add(limit, 1, rate, *who)

    def check(self, rate: str, *who: str) -> None:
        """Raises `TooMany` when `who` has used up the rate; counts nothing."""
        limit = _limit(rate)
        if limit is not None and self.used(rate, *who) >= limit.amount:
            self._refuse(limit, rate, *who)

    def give_back(self, rate: str, *who: str) -> None:
        """Takes back one count."""
        limit = _limit(rate)
        if limit is not None:
            self._add(limit, -1, rate, *who)

    def used(self, rate: str, *who: str) -> int:
        """How often `who` was counted in this window."""
        limit = _limit(rate)
        return 0 if limit is None else self._counters.get(limit.key_for(rate, *_plain(who)))

    def _add(self, limit: RateLimitItem, amount: int, rate: str, *who: str) -> int:
        return self._counters.incr(limit.key_for(rate, *_plain(who)), limit.get_expiry(), amount)

    def _refuse(self, limit: RateLimitItem, rate: str, *who: str) -> None:
        reset_at = self._counters.get_expiry(limit.key_for(rate, *_plain(who)))
        seconds = max(1, round(reset_at - time.time() + 0.5))
        raise TooMany(f"Too many attempts; try again in {seconds} s.", retry_after=seconds)


def register(app: Flask, counters: Counters | None = None) -> None:
    """Without `counters`: in this process's memory."""
    app.extensions[_RATES] = Rates(counters or MemoryStorage())


def rates() -> Rates:
    """This application's counters."""
    found: Rates = current_app.extensions[_RATES]
    return found


def _plain(who: tuple[str, ...]) -> list[str]:
    """The library joins the parts of a key by slashes: nobody is counted as somebody else by having one in the name."""
    return [quote(part, safe="") for part in who]


def _limit(rate: str) -> RateLimitItem | None:
    setting: str = current_app.config[rate]
    return None if setting == "off" else parse(setting)
