"""The body of a stream's response, on its way from the view to whoever serves it.

gunicorn's worker (`notifier.realtime.worker`) hands the client's socket over and is done. Where a socket cannot be handed over
(TLS or HTTP/2 in the process, another server), the body is iterated: the hub then serves one end of a socket pair, by the very same
code, and the response copies the other end.
"""

from __future__ import annotations

import _socket
import socket as sockets
from collections.abc import Iterator

from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub
from notifier.realtime.opening import Opening

_COPY_BYTES = 65_536


class Stream:
    def __init__(self, hub: Hub, feed: Feed, opening: Opening) -> None:
        self.hub = hub
        self._feed = feed
        self._opening = opening

    def take(self, socket: sockets.socket, head: bytes, *, chunked: bool) -> None:
        """Takes the descriptor of `socket` over and starts the stream with the response's `head`."""
        # The bare C object: neither gevent's watchers nor Python's wrapper are paid for per stream.
        bare = _socket.socket(socket.family, socket.type, 0, socket.detach())
        if self.hub.open(self._opening, bare, head, chunked=chunked):
            self._feed.mark([self._opening.key])

    def __iter__(self) -> Iterator[bytes]:
        ours, theirs = sockets.socketpair()
        try:
            self.take(ours, b"", chunked=False)
            while data := theirs.recv(_COPY_BYTES):
                yield data
        finally:
            theirs.close()
