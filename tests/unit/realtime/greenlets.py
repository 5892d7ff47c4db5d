"""Waiting in tests that run greenlets in their own process."""

from __future__ import annotations

from collections.abc import Callable

import gevent

_PAUSE_SECONDS = 0.001


def until(condition: Callable[[], object], within: float = 5.0) -> None:
    """Let greenlets run until `condition`. Raises `AssertionError` after `within` seconds."""
    with gevent.Timeout(within, AssertionError(f"not within {within:g} s")):
        while not condition():
            gevent.sleep(_PAUSE_SECONDS)


def settle() -> None:
    """Let greenlets run until all of them wait for I/O or a timer."""
    for _ in range(20):
        gevent.idle()
