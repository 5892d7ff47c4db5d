"""Load what sending needs when it is first used, in a thread: streams go on meanwhile.

Importing Apprise takes 0.4 s, reading the authorities of TLS 20 to 40 ms (measured).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gevent import get_hub, monkey
from gevent.lock import BoundedSemaphore

# A thread that imports leaves the interpreter's lock to others only every 5 ms, and each statement of a greenlet has to get it back. While
# Apprise was imported, 40 round trips took 7 ms instead of 1; with the pauses 2 (measured).
_PAUSE_SECONDS = 0.003
_loaded: set[str] = set()
_one_at_a_time = BoundedSemaphore()


def load_once(name: str, load: Callable[[], object]) -> None:
    """Call `load` in a thread, once a process.

    Each module that it imports lets the greenlets go first. What it raises is raised, and it is called again the next time.
    """
    if name in _loaded:
        return
    with _one_at_a_time:
        if name not in _loaded:
            get_hub().threadpool.apply(_load, (load,))
            _loaded.add(name)


def _load(load: Callable[[], object]) -> None:
    with _pauses():
        load()


class _Pauses:
    """A finder of `sys.meta_path` that finds nothing.

    It lets the thread that made it rest before each of its imports.
    """

    def __init__(self) -> None:
        self._ident = monkey.get_original("_thread", "get_ident")
        self._sleep = monkey.get_original("time", "sleep")
        self._thread = self._ident()

    def find_spec(self, _name: str, _path: object = None, _target: object = None) -> None:
        if self._ident() == self._thread:
            self._sleep(_PAUSE_SECONDS)


@contextmanager
def _pauses() -> Iterator[None]:
    finder = _Pauses()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
