"""Cooperative yielding in long-running greenlets, and the rounds of periodic ones."""

from __future__ import annotations

import os
import time

import gevent

_ONE_TURN_SECONDS = 1e-6
_MAX_WAIT_SECONDS = 0.05
_GOLDEN_RATIO = 0.618  # spreads the rounds of processes whose ids follow each other


def yield_to_others() -> None:
    """Let every other ready greenlet run first.

    `gevent.sleep(0)` does not: others waited 72 ms and more.
    Bounded, because a server that is never idle would otherwise starve the caller.
    """
    with gevent.Timeout(_MAX_WAIT_SECONDS, False):  # type: ignore[arg-type]  # False: ends the block without raising
        gevent.idle()


def yield_once() -> None:
    """Let the event loop take one turn.

    A publisher on a keep-alive connection has its next request in the socket already: without this the feed and all other requests
    would wait until that client pauses.
    """
    gevent.sleep(_ONE_TURN_SECONDS)


def until_next_round(seconds: float) -> float:
    """Seconds until the next round of the greenlets that have one every `seconds`.

    They wake up together: each further time that an idle process wakes up takes 0.1 ms, since the processor has forgotten it.
    """
    return seconds - (time.monotonic() + os.getpid() * _GOLDEN_RATIO * seconds) % seconds
