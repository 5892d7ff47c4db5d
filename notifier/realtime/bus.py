"""Carries "these keys changed" to the feeds that watch them. A bus may lose, repeat and reorder: it only saves waiting for the look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from notifier.realtime.feed import Feed


class Bus(Protocol):
    def publish(self, keys: Iterable[str]) -> None:
        """Tells that `keys` changed. Called after the commit, never inside a transaction; returns at once and never raises."""


class LocalBus:
    """Reaches the feed of this process alone."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def publish(self, keys: Iterable[str]) -> None:
        self._feed.mark(keys)


class SilentBus:
    """Tells nobody: changes wait for the look."""

    def publish(self, keys: Iterable[str]) -> None:
        pass


def user_key(user_id: int) -> str:
    """The key under which a user's streams are watched."""
    return f"user:{user_id}"


def session_key(session_id: int) -> str:
    """The key under which a progress session is watched."""
    return f"session:{session_id}"
