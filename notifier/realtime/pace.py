"""How long work makes room for everybody else."""

from __future__ import annotations

import gevent

_LONGEST_BREATH = 0.05


def breathe() -> None:
    """Lets every other greenlet that is ready run first. `gevent.sleep(0)` is no real yield: others waited 72 ms and more.

    Bounded, because a server that is never idle would otherwise starve the caller.
    """
    limit = gevent.Timeout(_LONGEST_BREATH)
    try:
        with limit:
            gevent.idle()
    except gevent.Timeout as timeout:
        if timeout is not limit:
            raise
