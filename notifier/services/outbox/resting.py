"""Targets that have just failed rest for some seconds, in one process.

So they do not hold up the others.

Only of channels with few targets that get much, such as webhooks. Shared by the senders of a channel.
"""

from __future__ import annotations

import time
from typing import Generic, TypeVar

_REST_SECONDS = 15.0
Target = TypeVar("Target", int, str)


class Resting(Generic[Target]):
    """`Target`: the key of a webhook, or the name of a destination."""

    def __init__(self) -> None:
        self._until: dict[Target, float] = {}

    def now(self) -> list[Target]:
        """Those that rest now."""
        at = time.monotonic()
        self._until = {target: until for target, until in self._until.items() if until > at}
        return list(self._until)

    def add(self, target: Target) -> None:
        self._until[target] = time.monotonic() + _REST_SECONDS
