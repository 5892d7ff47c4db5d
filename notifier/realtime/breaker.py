"""A circuit breaker: stops asking somebody who does not answer, and lets one try find out whether they are back.

Pure: the caller makes the call, and says what time it is.
"""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """The numbers are those of the metric `notifier_breaker_state`."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """Opens after `failures` in a row, for `rest_seconds`; then one caller may try, and its luck decides."""

    def __init__(self, *, failures: int, rest_seconds: float) -> None:
        self.state = State.CLOSED
        self._most = failures
        self._rest = rest_seconds
        self._failures = 0
        self._next_try = 0.0

    def allows(self, now: float) -> bool:
        """Whether to call. A caller who is let through has to say how it went."""
        if self.state is State.CLOSED:
            return True
        if now < self._next_try:
            return False
        self.state, self._next_try = State.HALF_OPEN, now + self._rest
        return True

    def succeeded(self) -> None:
        self.state, self._failures = State.CLOSED, 0

    def failed(self, now: float) -> None:
        self._failures += 1
        if self._failures >= self._most:
            self.state, self._next_try = State.OPEN, now + self._rest
