"""Letting greenlets run."""

from __future__ import annotations

from collections.abc import Callable

import gevent

_PAUSE_SECONDS = 0.001


def until(condition: Callable[[], object], within: float = 5.0) -> None:
    """Lets them run until `condition`. Raises `AssertionError` when that takes longer."""
    with gevent.Timeout(within, AssertionError(f"not within {within:g} s")):
        while not condition():
            gevent.sleep(_PAUSE_SECONDS)


def settle() -> None:
    """Lets them run until all of them wait for something else than each other."""
    for _ in range(20):
        gevent.idle()
