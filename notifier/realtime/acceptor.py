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
from gevent.socket import socket

from notifier.realtime.yielding import yield_once

_ACCEPTED_IN_A_TURN = 200  # of one process; several accept one each, as gunicorn has it, so that all get their share
_BEGUN_IN_A_TURN = 10  # of more the last would wait for all the others, and so would everything else


class Acceptor(StreamServer):
    """Serves connections in the order in which they came."""

    max_accept = _ACCEPTED_IN_A_TURN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: deque[tuple[int, Any]] = deque()  # descriptors and addresses, of which garbage collection has nothing to visit
        self._beginner: Greenlet[[], None] | None = None
        self._turn, self._left = 0.0, 0
        self._kind = (int(self.socket.family), int(self.socket.type), self.socket.proto)  # found out by four calls each
        vars(self).pop("full", None)  # that of the pool

    def full(self) -> bool:
        """Whether all places of the pool are taken or waited for.

        So beginning never has to wait for one.
        """
        return self.pool is not None and self.pool.free_count() <= len(self._waiting)

    def do_read(self) -> tuple[int, Any] | None:  # type: ignore[override]  # passed on to `do_handle`
        """Accept a connection. Return its descriptor and address, or None if there is none."""
        try:
            accepted: tuple[int, Any] = self.socket._accept()  # type: ignore[attr-defined]
        except BlockingIOError:
            return None
        return accepted

    def do_handle(self, *accepted: Any) -> None:
        """Begin with an accepted connection, now or in one of the next turns."""
        turn = self.loop.now()
        if turn != self._turn:
            self._turn, self._left = turn, _BEGUN_IN_A_TURN
        if self._left and not self._waiting:
            self._left -= 1
            self._begin(*accepted)
            return
        self._waiting.append(accepted)
        if not self._beginner:
            self._beginner = gevent.spawn(self._begin_waiting)

    def close(self) -> None:
        """Accept no more. Those that were accepted are served."""
        self.stop_accepting()
        while self._waiting:
            self._begin(*self._waiting.popleft())
        yield_once()  # gunicorn asks the listener for its name when it begins with a request
        super().close()

    def _begin(self, descriptor: int, address: Any) -> None:
        super().do_handle(socket(*self._kind, descriptor), address)

    def _begin_waiting(self) -> None:
        while self._waiting:
            yield_once()
            for _ in range(min(_BEGUN_IN_A_TURN, len(self._waiting))):
                self._begin(*self._waiting.popleft())
