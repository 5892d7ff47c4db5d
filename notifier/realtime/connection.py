"""One open stream: its socket, its cursor, and the bytes that the socket has not accepted yet.

A Connection *owns* its socket object. Closing sets it to None and every write goes through the Connection, so that a descriptor
number that the kernel has reused for another client is never written to.
"""

from __future__ import annotations

import _socket
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from notifier.realtime.ports import ProgressRenderer
from notifier.realtime.shared_values import shared, tenth
from notifier.realtime.stream import Framing, Opening

LOST = -1
"""The `seq` of a stream that starts with a `reset`, because the client's cursor cannot be replayed from."""

_LAST_CHUNK = b"0\r\n\r\n"
_READ_BYTES = 65_536
_MAX_LISTED = 8


def framed(data: bytes) -> bytes:
    """One chunk of a chunked response."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Owner(Protocol):
    """What a connection needs of the hub."""

    backlog_bytes: int

    def clock(self) -> float:
        """Seconds of a monotonic clock."""

    def set_backlogged(self, connection: Connection, backlogged: bool) -> None:
        """Whether to call `connection.flush()` when its socket accepts bytes again."""

    def end(self, connection: Connection, reason: str) -> None:
        """Send `bye` and close."""

    def forget(self, connection: Connection, socket: _socket.socket, reason: str) -> None:
        """Called by a connection that ends, while its descriptor is still open."""

    def give_back(self, socket: _socket.socket) -> None:
        """Let the worker serve the next request on the socket of a stream that has ended properly."""


class Wire(NamedTuple):
    """How a stream is written. One object for all streams that are written alike."""

    owner: Owner
    renderer: ProgressRenderer
    chunked: bool


class Connection:
    """One client's end of a stream. Only the feed writes events and moves `seq`.

    `opening`: None once the first event was sent; its `first` goes out before all else.
    `beat_tick`: when the next heartbeat is due, as `TimerWheel` counts.
    `origin`: address, path and user, for the log.
    """

    __slots__ = (
        "backlog",
        "beat_tick",
        "ends_as",
        "expires_at",
        "grant",
        "number",
        "opened_at",
        "opening",
        "origin",
        "request_id",
        "reusable",
        "seq",
        "socket",
        "topic",
        "user_id",
        "wire",
        "wrote_at",
    )

    def __init__(self, owner: Owner, topic: Topic, socket: _socket.socket, opening: Opening, number: int, framing: Framing) -> None:
        self.wire = shared(Wire(owner, opening.renderer, framing.chunked))
        self.topic = topic
        self.socket: _socket.socket | None = socket
        self.number = number
        self.reusable = framing.reusable
        self.opening: Opening | None = opening
        self.seq = opening.seq
        self.user_id = opening.user_id
        self.request_id, _, origin = opening.label.partition(" ")
        self.origin = shared(origin)
        self.grant = shared(opening.grant)
        self.backlog: bytearray | None = None
        self.opened_at = self.wrote_at = tenth(owner.clock())
        self.beat_tick = 0
        self.expires_at = float("inf")
        self.ends_as = "expired"

    @property
    def started(self) -> bool:
        """Whether the first event was sent."""
        return self.opening is None

    def write(self, data: bytes) -> None:
        """Send what the socket accepts without blocking, and keep the rest.

        A client whose backlog exceeds its bound is closed.
        """
        if data:  # an empty chunk would end the response
            self.send(framed(data) if self.wire.chunked else data, self.wire.owner.clock())

    def send(self, data: bytes, now: float) -> None:
        """As `write`, for bytes that are framed already. `now`: the time of the owner's clock."""
        socket = self.socket
        if socket is None:
            return
        self.wrote_at = now
        if self.opening is not None and self.opening.first:
            data, self.opening.first = self.opening.first + data, b""
        if self.backlog is None:
            try:
                sent = socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.close("gone")
                return
            if sent == len(data):
                return
            self.backlog = bytearray()
            self.wire.owner.set_backlogged(self, True)
            data = data[sent:]
        self.backlog += data
        if len(self.backlog) > self.wire.owner.backlog_bytes:
            self.close("slow")

    def send_first(self) -> None:
        """Send the bytes that precede the first event, because that has to wait."""
        if self.opening is not None and self.opening.first:
            self.send(b"", self.wire.owner.clock())

    def flush(self) -> None:
        """Send from the backlog. Called when the socket accepts bytes again."""
        if self.socket is None or self.backlog is None:
            return
        try:
            del self.backlog[: self.socket.send(self.backlog)]
        except BlockingIOError:
            return
        except OSError:
            self.close("gone")
            return
        if not self.backlog:
            self.backlog = None
            self.wire.owner.set_backlogged(self, False)

    def read(self) -> None:
        """Discard bytes from the client, and close when it has disconnected."""
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
        self.reusable = False  # what was discarded may be the start of its next request

    def end(self, farewell: bytes, reason: str) -> bool:
        """Send `farewell` and end the response. Return whether the farewell was written.

        A stream with a backlog or without its first event gets none: nothing here waits for a slow client.
        A response that ended properly gives its socket back for the client's next request.
        """
        written = self.backlog is None and self.started and bool(farewell)
        if written:
            self.write(farewell)
        if self.backlog is None:
            self.send(_LAST_CHUNK if self.wire.chunked else b"", self.wire.owner.clock())
        if self.socket is not None and self.backlog is None and self.reusable:
            self.wire.owner.give_back(self._let_go(self.socket, reason))
        self.close(reason)
        return written

    def close(self, reason: str) -> None:
        """Close the socket, if it is still open."""
        if self.socket is not None:
            self._let_go(self.socket, reason).close()

    def _let_go(self, socket: _socket.socket, reason: str) -> _socket.socket:
        self.socket, self.backlog = None, None
        self.wire.owner.forget(self, socket, reason)
        return socket


class Topic:
    """The connections that subscribe to one topic.

    `seq` and `unread`: the state that the feed last brought them to, all but those that wait for their first event; `unread` is None
    where some are to be read again, whose count was not read. A tuple holds a few connections, a dict many: nearly every user has one
    stream, for which a dict would take 200 bytes more, and a set of 1,000 takes 65 bytes for each where a dict takes 37.
    """

    __slots__ = ("_connections", "name", "seq", "unread")

    def __init__(self, name: str) -> None:
        self._connections: tuple[Connection, ...] | dict[Connection, None] = ()
        self.name = name
        self.seq = -1
        self.unread: int | None = 0

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._connections)

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, connection: Connection) -> None:
        """Add a connection that is not a member yet."""
        if isinstance(self._connections, dict):
            self._connections[connection] = None
        elif len(self._connections) < _MAX_LISTED:
            self._connections += (connection,)
        else:
            self._connections = dict.fromkeys((*self._connections, connection))

    def discard(self, connection: Connection) -> None:
        """Remove a connection, if it is a member."""
        if isinstance(self._connections, dict):
            self._connections.pop(connection, None)
        else:
            self._connections = tuple(one for one in self._connections if one is not connection)

    def subscribed(self) -> bool:
        """Whether anything subscribes to the topic."""
        return bool(self._connections)
