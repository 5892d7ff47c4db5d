"""One open stream: its socket, the place it has reached, and what the socket did not take yet.

A Connection *owns* its socket object. Closing sets it to None and every write goes through the Connection, so that a descriptor
number which the kernel has given to somebody else is never written to.
"""

from __future__ import annotations

import _socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notifier.realtime.hub import Hub
    from notifier.realtime.opening import Opening
    from notifier.realtime.watch import Topic

LOST = -1
"""Start with a `reset`: the cursor given is of no use."""

_LAST_CHUNK = b"0\r\n\r\n"
_READ_BYTES = 65_536


class Connection:
    """Only the feed writes events, and moves `seq`; `started` says whether the stream has had its first event."""

    __slots__ = (
        "backlog",
        "beat_at",
        "chunked",
        "ends_as",
        "expires_at",
        "grant",
        "hub",
        "label",
        "number",
        "opened_at",
        "renderer",
        "resumes",
        "seq",
        "socket",
        "started",
        "user_id",
        "watch",
        "wrote_at",
    )

    def __init__(self, hub: Hub, watch: Topic, socket: _socket.socket, opening: Opening, number: int, *, chunked: bool) -> None:
        self.hub = hub
        self.watch = watch
        self.socket: _socket.socket | None = socket
        self.number = number
        self.chunked = chunked
        self.renderer = opening.renderer
        self.seq = opening.seq
        self.user_id = opening.user_id
        self.label = opening.label
        self.grant = opening.grant
        self.resumes = opening.resumes
        self.started = False
        self.backlog: bytearray | None = None
        self.opened_at = self.wrote_at = hub.clock()
        self.beat_at = 0.0
        self.expires_at = float("inf")
        self.ends_as = "expired"

    def write(self, data: bytes) -> None:
        """Sends `data` as far as the socket takes it at once and keeps the rest; closes a client whose rest grows too long."""
        if data:  # an empty chunk would end the response
            self.send(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    def send(self, framed: bytes) -> None:
        """As `write`, for bytes that are framed already."""
        if self.socket is None:
            return
        self.wrote_at = self.hub.clock()
        if self.backlog is None:
            sent = self._try(framed)
            if sent is None or sent == len(framed):
                return
            self.backlog = bytearray()
            self.hub.slow.add(self)
            self.hub.poller.want_write(self, True)
            framed = framed[sent:]
        self.backlog += framed
        if len(self.backlog) > self.hub.backlog_bytes:
            self.close("slow")

    def flush(self) -> None:
        """The socket takes bytes again."""
        if self.socket is None or self.backlog is None:
            return
        sent = self._try(self.backlog)
        if sent is None:
            return
        del self.backlog[:sent]
        if not self.backlog:
            self.backlog = None
            self.hub.slow.discard(self)
            self.hub.poller.want_write(self, False)

    def read(self) -> None:
        """The client has sent something, which is dropped, or has gone."""
        if self.socket is None:
            return
        try:
            gone = self.socket.recv(_READ_BYTES) == b""
        except BlockingIOError:
            return
        except OSError:
            gone = True
        if gone:
            self.close("gone")

    def end(self, farewell: bytes, reason: str) -> bool:
        """Says `farewell` and ends the response properly, if the socket takes it at once; closes in any case. Whether it was said."""
        said = self.backlog is None and self.started and bool(farewell)
        if said:
            self.write(farewell)
        if self.backlog is None and self.chunked:
            self.send(_LAST_CHUNK)
        self.close(reason)
        return said

    def close(self, reason: str) -> None:
        """Gives the socket back. Harmless when it is closed already."""
        if self.socket is None:
            return
        socket, self.socket, self.backlog = self.socket, None, None
        self.hub.forget(self, socket, reason)
        socket.close()

    def _try(self, data: bytes | bytearray) -> int | None:
        """How many bytes the socket took; None when it is broken, and closed."""
        assert self.socket is not None
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.close("gone")
            return None
