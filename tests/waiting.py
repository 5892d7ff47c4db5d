"""Wait for a condition with a deadline. Only this module of the tests sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_PAUSE_SECONDS = 0.01


def eventually(condition: Callable[[], Result | None], *, within: float = 10.0, why: Callable[[], str] = str) -> Result:
    """Call `condition` until its result is true, and return that.

    Raises `AssertionError`, with the text of `why()` at its end, after `within` seconds.
    """
    deadline = time.monotonic() + within
    while not (result := condition()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"condition not met within {within:g} s, last result {result!r}. {why()}".rstrip())
        time.sleep(_PAUSE_SECONDS)
    return result
