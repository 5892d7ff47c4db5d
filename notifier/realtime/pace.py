"""How long work makes room for everybody else."""

from __future__ import annotations

import gevent

_LONGEST_BREATH = 0.05


def breathe() -> None:
    """Lets every other greenlet that is ready run first. `gevent.sleep(0)` is no real yield: others waited 72 ms and more.

    Bounded, because a server that is never idle would otherwise starve the caller.
    """
    with gevent.Timeout(_LONGEST_BREATH, False):  # type: ignore[arg-type]  # False: ends the block in silence
        gevent.idle()
