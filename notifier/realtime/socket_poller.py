"""One epoll for all open streams of a process.

It reports sockets that disconnected or accept bytes again.

A gevent watcher per stream would cost 0.34 KiB each; here gevent watches the epoll descriptor only.
"""

from __future__ import annotations

import gevent
from gevent.monkey import get_original

from notifier.realtime.connection import Connection

_EPOLLIN, _EPOLLOUT, _EPOLLRDHUP = 0x001, 0x004, 0x2000
_MAX_EVENTS = 64  # of clients that all disconnect at once, about 4 ms


class SocketPoller:
    """Watches descriptors, which are added and removed with their Connection, never apart from it."""

    def __init__(self) -> None:
        self._epoll = get_original("select", "epoll")()
        self._connections: list[Connection | None] = []
        """By descriptor, of which the kernel gives out the lowest: 8 bytes each, in a dict 67."""

    def add(self, connection: Connection) -> None:
        """Watch for the client's disconnection."""
        assert connection.socket is not None
        descriptor = connection.socket.fileno()
        self._connections += [None] * (descriptor + 1 - len(self._connections))
        self._connections[descriptor] = connection
        self._epoll.register(descriptor, _EPOLLIN | _EPOLLRDHUP)

    def want_write(self, connection: Connection, wanted: bool) -> None:
        """Watch, or no longer watch, for the socket to accept bytes."""
        assert connection.socket is not None
        self._epoll.modify(connection.socket.fileno(), _EPOLLIN | _EPOLLRDHUP | (_EPOLLOUT if wanted else 0))

    def remove(self, descriptor: int) -> None:
        """Stop watching. Must be called before the descriptor is closed."""
        self._connections[descriptor] = None
        self._epoll.unregister(descriptor)

    def run(self) -> None:
        """Call `flush()` or `read()` of ready connections, for ever.

        Nothing yields between a poll and its last event.
        """
        hub = gevent.get_hub()
        watcher = hub.loop.io(self._epoll.fileno(), 1)
        while True:
            hub.wait(watcher)
            for descriptor, events in self._epoll.poll(0, _MAX_EVENTS):
                connection = self._connections[descriptor]
                if connection is None:
                    continue
                if events & _EPOLLOUT:
                    connection.flush()
                if events & ~_EPOLLOUT:
                    connection.read()
