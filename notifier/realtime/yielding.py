"""How long work makes room for everybody else."""

from __future__ import annotations

import gevent

_ONE_TURN = 1e-6
_LONGEST_BREATH = 0.05


def yield_to_others() -> None:
    """Lets every other greenlet that is ready run first. `gevent.sleep(0)` is no real yield: others waited 72 ms and more.

    Bounded, because a server that is never idle would otherwise starve the caller.
    """
    with gevent.Timeout(_LONGEST_BREATH, False):  # type: ignore[arg-type]  # False: ends the block in silence
        gevent.idle()


def yield_once() -> None:
    """One turn of the loop for everybody who waits. A publisher on a kept-alive connection has its next request in the socket already:
    without this the feed, and everybody else's requests, would wait until it is done.
    """
    gevent.sleep(_ONE_TURN)
