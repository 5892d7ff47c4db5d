"""Make one attempt: cut off in time, and its faults kept from all others."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent

from notifier.channels.ports import Outcome, Result

ATTEMPT_TIMEOUT_SECONDS = 60.0
"""An attempt is cut off then, before its claim lapses."""

_log = logging.getLogger("notifier.outbox")


def attempt(channel: str, make: Callable[[], Outcome]) -> Outcome:
    """The outcome of `make`, or of what became of it."""
    limit = gevent.Timeout(ATTEMPT_TIMEOUT_SECONDS)
    try:
        with limit:
            return make()
    except gevent.Timeout as timeout:
        if timeout is not limit:
            raise
        return Outcome(Result.LATER, f"no answer within {ATTEMPT_TIMEOUT_SECONDS:g} s")
    except Exception as error:  # a fault of this program over one delivery must not stop all others
        _log.exception("a delivery on %s failed", channel)
        return Outcome(Result.LATER, f"internal error: {type(error).__name__}")
