"""Waiting for a condition, with a deadline. The one place in the tests that lets time pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_PAUSE_SECONDS = 0.01


def eventually(condition: Callable[[], Result | None], *, within: float = 10.0, why: Callable[[], str] = str) -> Result:
    """The first true result of `condition`.

    Raises `AssertionError`, ending in what `why` then says, when none has come `within` so many seconds.
    """
    deadline = time.monotonic() + within
    while not (result := condition()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within:g} s, last result {result!r}. {why()}".rstrip())
        time.sleep(_PAUSE_SECONDS)
    return result
