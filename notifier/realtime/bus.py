"""Carries "these keys changed" to the feeds that watch them. A bus may lose, repeat and reorder: it only saves waiting for the look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from notifier import metrics

if TYPE_CHECKING:
    from notifier.realtime.feed import Feed


class Bus(Protocol):
    @property
    def tasks(self) -> Sequence[Callable[[], None]]:
        """What has to run for it, for ever, in a process that holds streams."""

    def publish(self, keys: Iterable[str]) -> None:
        """Tells that `keys` changed. Called after the commit, never inside a transaction; returns at once and never raises."""

    def watching(self, key: str) -> None:
        """Tells that somebody here began, or ceased, to watch `key`."""

    def state(self) -> str:
        """`ok`, or what is to be said of it to those who run it."""


class LocalBus:
    """Reaches the feed of this process alone."""

    def __init__(self, feed: Feed) -> None:
        self.tasks: tuple[Callable[[], None], ...] = ()
        self._feed = feed
        metrics.bus_up.set(1)

    def publish(self, keys: Iterable[str]) -> None:
        self._feed.mark(keys)

    def watching(self, key: str) -> None:
        pass

    def state(self) -> str:
        return "ok"


class SilentBus:
    """Tells nobody: changes wait for the look."""

    def __init__(self) -> None:
        self.tasks: tuple[Callable[[], None], ...] = ()
        metrics.bus_up.set(0)

    def publish(self, keys: Iterable[str]) -> None:
        pass

    def watching(self, key: str) -> None:
        pass

    def state(self) -> str:
        return "off"
