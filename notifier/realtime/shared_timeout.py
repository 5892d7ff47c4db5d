"""A timeout that many greenlets share, for what nearly always ends in time.

A `gevent.Timeout` for each would start a timer and call a dozen functions, a hundredth of a short request.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import takewhile
from types import TracebackType
from typing import Any

import gevent
from gevent import monkey
from greenlet import greenlet

from notifier.realtime.yielding import until_next_round

_EVERY_SECONDS = 1.0


class _Ended(Exception):
    """Raised in a greenlet whose time is over, and caught by its timeout.

    An `Exception`, at which gunicorn takes a body for broken: of a chunk that is cut off, the rest would be read as the next request.
    """

    def __init__(self, by: SharedTimeout) -> None:
        self.by = by


class SharedTimeout:
    """A context that ends, without an error, after `seconds` to a second more.

    Where threads are no greenlets it ends none: no event loop may interrupt a thread.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._began_at: dict[greenlet, float] = {}  # oldest first
        self._timer: Any = None

    def __enter__(self) -> None:
        self._began_at[gevent.getcurrent()] = self._clock()
        if self._timer is None and monkey.is_module_patched("threading"):
            self._timer = gevent.get_hub().loop.timer(until_next_round(_EVERY_SECONDS), _EVERY_SECONDS, ref=False)
            self._timer.start(self.end_old)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> bool:
        del self._began_at[gevent.getcurrent()]
        return isinstance(error, _Ended) and error.by is self

    def end_old(self) -> None:
        """End what has lasted too long. To be called by the event loop."""
        self._end(self._clock() - self._seconds)
        if not self._began_at and self._timer is not None:
            self._timer.close()
            self._timer = None

    def end_all(self) -> None:
        """End all at once, but for those that go on already: what they have waited for has come."""
        gevent.get_hub().loop.run_callback(self._end, float("inf"))

    def _end(self, begun_by: float) -> None:
        for waiting, _ in list(takewhile(lambda began: began[1] <= begun_by, self._began_at.items())):
            if waiting in self._began_at:
                waiting.throw(_Ended(self))
