"""Turns of the senders: one at a time, each behind what is ready.

A sender computes for some milliseconds before and after each attempt. A dozen of them that are ready at once would keep every stream
waiting for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gevent.lock import BoundedSemaphore

from notifier.realtime.yielding import yield_once

_lock = BoundedSemaphore(1)


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn. Not to be held while a service answers."""
    with _lock:
        yield_once()
        yield
