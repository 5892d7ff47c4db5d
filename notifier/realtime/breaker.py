"""Circuit breaker: stops calls to a failing service, and probes whether it is back.

Pure: the caller makes the call and passes the time.
"""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """The values are those of the metric `notifier_breaker_state`."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """Opens for `rest_seconds` after `failures` in a row.

    Then one call is allowed, and its outcome closes the breaker or opens it again.
    """

    def __init__(self, *, failures: int, rest_seconds: float) -> None:
        self.state = State.CLOSED
        self._most = failures
        self._rest = rest_seconds
        self._failures = 0
        self._next_try = 0.0

    def allows(self, now: float) -> bool:
        """Whether a call may be made now. The caller must report `succeeded()` or `failed()`."""
        if self.state is State.CLOSED:
            return True
        if now < self._next_try:
            return False
        # A caller that never reports delays the next try by one rest, not for ever.
        self.state, self._next_try = State.HALF_OPEN, now + self._rest
        return True

    def succeeded(self) -> None:
        """Report that an allowed call succeeded."""
        self.state, self._failures = State.CLOSED, 0

    def failed(self, now: float) -> None:
        """Report that an allowed call failed."""
        self._failures += 1
        if self._failures >= self._most:
            self.state, self._next_try = State.OPEN, now + self._rest
