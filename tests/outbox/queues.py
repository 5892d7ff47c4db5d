"""The queues of the outbox, worked off in the test's own greenlet."""

from __future__ import annotations

from notifier.services import configured_channels
from notifier.services.outbox.loops import Queue
from notifier.services.outbox.senders import Deliveries


def deliveries_on(channel: str) -> Deliveries:
    return Deliveries(configured_channels.by_name()[channel])


def send_one(queue: Queue) -> bool:
    """Send the oldest delivery that is due. False if there is none."""
    claimed, _ = queue.claim(1)
    for one in claimed:
        queue.send(one)
    return bool(claimed)


def send_all(queue: Queue) -> None:
    """Send all that is due."""
    while send_one(queue):
        pass
