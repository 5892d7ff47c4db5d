"""Wait for a condition with a deadline. Only this module of the tests sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_PAUSE_SECONDS = 0.01


def eventually(condition: Callable[[], Result | None], *, within: float = 10.0, why: Callable[[], str] = str) -> Result:
    """Call `condition` until its result is true, and return that.

    Raises `AssertionError`, with the text of `why()` at its end, after `within` seconds. Pauses as long as a call takes, so that waiting
    for a server leaves it half of the processor.
    """
    deadline = time.monotonic() + within
    called = time.monotonic()
    while not (result := condition()):
        now = time.monotonic()
        if now >= deadline:
            raise AssertionError(f"condition not met within {within:g} s, last result {result!r}. {why()}".rstrip())
        time.sleep(max(_PAUSE_SECONDS, now - called))
        called = time.monotonic()
    return result
