"""Load what sending needs when it is first used, in a thread: streams go on meanwhile.

Importing Apprise takes 0.4 s, reading the authorities of TLS 20 to 40 ms (measured).
"""

from __future__ import annotations

from collections.abc import Callable

from gevent import get_hub
from gevent.lock import BoundedSemaphore

_loaded: set[str] = set()
_one_at_a_time = BoundedSemaphore()


def load_once(name: str, load: Callable[[], object]) -> None:
    """Call `load` in a thread, once a process.

    What it raises is raised, and it is called again the next time.
    """
    if name in _loaded:
        return
    with _one_at_a_time:
        if name not in _loaded:
            get_hub().threadpool.apply(load)
            _loaded.add(name)
