"""Accept connections at once, and begin to serve a few in each turn of the event loop.

The kernel keeps 4096 connections that were not accepted. The clients of others try again after 1, 3 and 7 seconds, so that 10,000 which
come back at once would take more than 7 seconds, however fast they are served.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import gevent
from gevent import Greenlet
from gevent.server import StreamServer

from notifier.realtime.yielding import yield_once

_BEGUN_IN_A_TURN = 10  # of more the last would wait for all the others, and so would everything else


class Acceptor(StreamServer):
    """Serves connections in the order in which they came."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._beginner: Greenlet[[], None] | None = None
        self._turn, self._left = 0.0, 0

    def do_handle(self, *args: Any) -> None:
        """Begin with an accepted connection, now or in one of the next turns."""
        turn = self.loop.now()
        if turn != self._turn:
            self._turn, self._left = turn, _BEGUN_IN_A_TURN
        if self._left and not self._waiting:
            self._left -= 1
            super().do_handle(*args)
            return
        self._waiting.append(args)
        if not self._beginner:
            self._beginner = gevent.spawn(self._begin)

    def close(self) -> None:
        """Accept no more. Those that were accepted are served."""
        self.stop_accepting()
        while self._waiting:
            super().do_handle(*self._waiting.popleft())
        super().close()

    def _begin(self) -> None:
        while self._waiting:
            yield_once()
            for _ in range(min(_BEGUN_IN_A_TURN, len(self._waiting))):
                super().do_handle(*self._waiting.popleft())
