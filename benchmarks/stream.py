"""A minimal client of the JSON stream."""

from __future__ import annotations

import errno
import re
import select
import socket
from collections.abc import Sequence
from time import monotonic

from benchmarks.crowd import Crowd, Failed
from benchmarks.ledger import EVENT

_RECEIVE_BYTES = 16_384
_PATIENCE_SECONDS = 120.0
# The blank line that ends an event, then the line end of its chunk.
_CHUNK_END = b"\n\n\r\n"
_REQUEST = (
    "GET /api/notifications/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n"
    "Authorization: Bearer {token}\r\n{origin}\r\n"
)
_ASKING_FIRST = (
    "OPTIONS /api/notifications/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{origin}"
    "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: authorization\r\n\r\n"
)
_ALLOWED = b"HTTP/1.1 204 "
_ID = re.compile(rb"^id: (\S+)$", re.MULTILINE)


class Stream:
    """Connects on construction. `person`: its number in the ledger.

    `origin`: of the page of another site that opens it. `preflight`: ask first whether that page may, as its browser does.
    `last_id`: of the event after which it goes on.
    """

    __slots__ = ("_crowd", "_left", "_request", "_seq", "_socket", "began_at", "last_id", "opened_at", "person")

    def __init__(self, crowd: Crowd, person: int, token: str, origin: str = "", *, preflight: bool = False, last_id: str = "") -> None:
        self.person = person
        self.last_id = last_id
        self.opened_at = 0.0
        self._crowd = crowd
        header = (f"Origin: {origin}\r\n" if origin else "") + (f"Last-Event-ID: {last_id}\r\n" if last_id else "")
        texts = _ASKING_FIRST + _REQUEST if preflight else _REQUEST
        self._request = texts.format(port=crowd.port, token=token, origin=header).encode()
        self._left = b""
        self._seq = -1
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self.began_at = monotonic()
        code = self._socket.connect_ex(("127.0.0.1", crowd.port))
        if code not in (0, errno.EINPROGRESS):
            raise Failed(f"connect: {errno.errorcode[code]}")
        crowd.add(self, select.EPOLLOUT)

    def fileno(self) -> int:
        return self._socket.fileno()

    def ready(self, at: float) -> None:
        if self._request:
            self._ask()
            return
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise Failed(f"stream {self.person}: {error}") from None
        if not data:
            raise Failed(f"stream {self.person} was closed by the server. {self._left[:300]!r}")
        if self._left:
            data = self._left + data
        self._left = b"" if data.endswith(_CHUNK_END) else data
        if not self._left:
            self._take(data, at)

    def close(self) -> None:
        self._crowd.remove(self)
        self._socket.close()

    def _ask(self) -> None:
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise Failed(f"connect: {errno.errorcode[code]}")
        self._socket.sendall(self._request)
        self._request = b""
        self._crowd.change(self, select.EPOLLIN)

    def _take(self, data: bytes, at: float) -> None:
        """Process whole chunks. The first contains the head of the answer and `connected`."""
        if not self.opened_at:
            if data.startswith(_ALLOWED):
                data = data.partition(b"\r\n\r\n")[2]
            if not data.startswith(b"HTTP/1.1 200 ") or b"event: connected\n" not in data:
                raise Failed(f"stream {self.person} did not open: {data[:300]!r}")
            self.opened_at = at
        if ids := _ID.findall(data):
            self.last_id = ids[-1].decode()
        for seq, number in EVENT.findall(data):
            if int(seq) <= self._seq:
                self._crowd.ledger.disordered += 1
            self._seq = int(seq)
            self._crowd.ledger.note(int(number), self.person, at)


def open_all(crowd: Crowd, tokens: Sequence[str], *, at_once: int, first: int = 0) -> list[Stream]:
    """Open a stream with each token, so many at once. Returns when each has its first event.

    `first`: the number of the person of the first token.
    """
    streams, opening = list[Stream](), list[Stream]()

    def all_open() -> bool:
        opening[:] = [stream for stream in opening if not stream.opened_at]
        while len(streams) < len(tokens) and len(opening) < at_once:
            streams.append(Stream(crowd, first + len(streams), tokens[len(streams)]))
            opening.append(streams[-1])
        return not opening

    crowd.until(all_open, within=_PATIENCE_SECONDS, what=f"opening {len(tokens)} streams")
    return streams
