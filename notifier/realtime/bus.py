"""The buses of a single process. `notifier.realtime.redis_bus` is the one between processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from notifier import metrics
from notifier.realtime.ports import HintReceiver


class LocalBus:
    """A `Bus` that reaches the feed of this process only."""

    def __init__(self, feed: HintReceiver) -> None:
        self.tasks: tuple[Callable[[], None], ...] = ()
        self._feed = feed
        metrics.bus_up.set(1)

    def publish(self, topics: Iterable[str]) -> None:
        self._feed.mark(topics)

    def update_subscription(self, topic: str) -> None:
        pass

    def state(self) -> str:
        return "ok"


class SilentBus:
    """A `Bus` that carries no hints: changes are found by the poll."""

    def __init__(self) -> None:
        self.tasks: tuple[Callable[[], None], ...] = ()
        metrics.bus_up.set(0)

    def publish(self, topics: Iterable[str]) -> None:
        pass

    def update_subscription(self, topic: str) -> None:
        pass

    def state(self) -> str:
        return "off"
