"""When what failed is tried again, up to a last time.

After 1, 5 and 15 minutes, 1, 3, 6 and 12 hours, give or take a fifth; then it is given up.
"""

from __future__ import annotations

import random
from datetime import timedelta

from notifier.channels.ports import Outcome

RETRY_MINUTES = (1, 5, 15, 60, 180, 360, 720)
_RETRY_JITTER = 0.2
_MAX_WAIT = timedelta(minutes=RETRY_MINUTES[-1])


def wait(attempts: int, outcome: Outcome) -> timedelta | None:
    """How long to wait after so many attempts. None: no more.

    Never shorter than the service asked (`Retry-After`), up to 12 hours. Nor than otherwise: a service that always asks for a second
    would use up all attempts in as many.
    """
    if attempts > len(RETRY_MINUTES):
        return None
    usual = timedelta(minutes=RETRY_MINUTES[attempts - 1]) * random.uniform(1 - _RETRY_JITTER, 1 + _RETRY_JITTER)
    return usual if outcome.retry_after is None else max(usual, min(outcome.retry_after, _MAX_WAIT))
