"""Accepted messages, with time and recipients: senders record them, the verdict reads them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message answered with 201 at `at`, on the monotonic clock.

    `to` are the public ids of its recipients.
    """

    id: str
    at: float
    to: Sequence[str]


class Ledger:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted: list[Accepted] = []
        self._due: dict[str, list[Accepted]] = {}
        self._turned_away: list[tuple[float, str]] = []

    def accept(self, accepted: Accepted) -> None:
        with self._lock:
            self._accepted.append(accepted)
            for person in accepted.to:
                self._due.setdefault(person, []).append(accepted)

    def turn_away(self, at: float, reason: str) -> None:
        """Record a send that got no response, or an error after which it is retried."""
        with self._lock:
            self._turned_away.append((at, reason))

    def accepted(self, since: float = 0.0, until: float = float("inf")) -> list[Accepted]:
        with self._lock:
            return [accepted for accepted in self._accepted if since <= accepted.at < until]

    def due(self, person: str, after: int = 0) -> list[Accepted]:
        """Messages for the user with this public id, in order of acceptance, from number `after` on."""
        with self._lock:
            return self._due.get(person, [])[after:]

    def turned_away(self, since: float = 0.0, until: float = float("inf")) -> Counter[str]:
        """Number of failed sends for each reason."""
        with self._lock:
            return Counter(reason for at, reason in self._turned_away if since <= at < until)
