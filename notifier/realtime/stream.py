"""The body of a stream's response, on its way from the view to the server.

gunicorn's worker (`notifier.realtime.worker`) hands the client's socket over and ends the request. Where a socket cannot be handed
over (TLS or HTTP/2 in the process, another server), the body is iterated: the hub then serves one end of a socket pair, by the same
code, and the response copies from the other end.
"""

from __future__ import annotations

import _socket
import socket as sockets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from notifier.realtime.ports import ProgressRenderer

_COPY_BYTES = 65_536


@dataclass(slots=True)
class Opening:
    """An authorized stream, not yet open.

    `topic`: what it subscribes to; `public_id`: that of its user.
    `seq`: the cursor to start from, or `LOST`. `grant`: what authorized it; `access`: the user's access state at that time.
    `session_id`: for the stream of a session; None for a user's inbox.
    `first`: bytes to send before the feed's first event; the hub puts the head of the response before them.
    `resumes`: the client sent a cursor. `of_another`: the inbox is not that of the user who opens the stream.
    `label`: request id, address, path and user for the log line at the end, in one string because it is kept for the life of the stream.
    """

    topic: str
    user_id: int
    public_id: str
    seq: int
    renderer: ProgressRenderer
    lives_seconds: float
    label: str
    grant: object
    access: int
    session_id: int | None = None
    first: bytes = b""
    resumes: bool = False
    of_another: bool = False

    @property
    def watches(self) -> bool:
        """Whether the grant is that of a session's watcher, or of an admin who watches another user.

        It is checked at each poll, and not with the rights of the topic's own user.
        """
        return self.of_another or self.session_id is not None


class Framing(NamedTuple):
    """How the response is framed.

    `reusable`: the connection may carry another request after the stream's end.
    """

    chunked: bool
    reusable: bool = False


class StreamOwner(Protocol):
    """What a response body needs of the stream server."""

    def open(self, opening: Opening, socket: _socket.socket, head: bytes, framing: Framing) -> None:
        """Own `socket` from now on, and start the stream with the response's `head`."""

    def drain(self) -> None:
        """End all streams and accept no new ones."""

    def give_back_to(self, serve: Callable[[_socket.socket], None]) -> None:
        """Have `serve` called with the socket of each reusable stream that has ended."""


class Stream:
    """A response body that opens its stream on a socket."""

    def __init__(self, owner: StreamOwner, opening: Opening) -> None:
        self.owner = owner
        self._opening = opening

    def take(self, socket: sockets.socket, head: bytes, framing: Framing) -> None:
        """Detach the descriptor of `socket` and start the stream on it with the response's `head`."""
        # The bare C object: it saves gevent's watchers and Python's wrapper for each stream.
        bare = _socket.socket(fileno=socket.detach())
        self.owner.open(self._opening, bare, head, framing)

    def __iter__(self) -> Iterator[bytes]:
        ours, theirs = sockets.socketpair()
        try:
            self.take(ours, b"", Framing(chunked=False))
            while data := theirs.recv(_COPY_BYTES):
                yield data
        finally:
            theirs.close()
