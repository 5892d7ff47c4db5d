"""Cooperative yielding in long-running greenlets."""

from __future__ import annotations

import gevent

_ONE_TURN_SECONDS = 1e-6
_MAX_WAIT_SECONDS = 0.05


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
