"""The sending client: one kept-alive connection on the crowd's epoll."""

from __future__ import annotations

import contextlib
import json
import select
import socket
from time import monotonic

from benchmarks.crowd import Crowd, Failed
from benchmarks.ledger import text

_PATIENCE_SECONDS = 30.0
# The server drops an idle connection after two seconds.
_FRESH_SECONDS = 1.0


class Poster:
    """Posts messages with `token`, that of a sender."""

    def __init__(self, crowd: Crowd, token: str) -> None:
        self._crowd = crowd
        self._head = (
            f"POST /api/notifications HTTP/1.1\r\nHost: 127.0.0.1:{crowd.port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )
        self._socket: socket.socket | None = None
        self._answer = b""
        self._answered_at = 0.0

    def fileno(self) -> int:
        assert self._socket is not None
        return self._socket.fileno()

    def post(self, to: str, number: int) -> tuple[float, float]:
        """Send message `number`. Returns the times just before it was sent and when it was answered.

        The crowd continues to read meanwhile.
        """
        began_at = self.start(to, number)
        self._crowd.until(lambda: not self.waits, within=_PATIENCE_SECONDS, what=f"the answer to a POST to {to}")
        return began_at, self._answered_at

    def start(self, to: str, number: int) -> float:
        """Send message `number`, without waiting for the answer. Returns the time just before it was sent."""
        body = json.dumps({"to": to, "title": "Benchmark", "message": text(number)}).encode()
        request = f"{self._head}{len(body)}\r\n\r\n".encode() + body
        if self._socket is None or monotonic() - self._answered_at > _FRESH_SECONDS:
            self._connect()
        assert self._socket is not None
        self._answer, self._answered_at = b"", 0.0
        began_at = monotonic()
        self._socket.sendall(request)
        return began_at

    @property
    def waits(self) -> bool:
        """Whether an answer is to come."""
        return self._socket is not None and not self._answered_at

    def ready(self, at: float) -> None:
        assert self._socket is not None
        data = self._socket.recv(65_536)
        if not data:
            if not self._answered_at:
                raise Failed("the server closed the sender's connection")
            self.close()
            return
        self._answer += data
        head, blank, body = self._answer.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        if blank and len(body) >= length:
            self._answered_at = at
            if not head.startswith((b"HTTP/1.1 201 ", b"HTTP/1.1 202 ")):
                raise Failed(f"a POST was answered {self._answer[:300]!r}")

    def close(self) -> None:
        if self._socket is not None:
            self._crowd.remove(self)
            self._socket.close()
            self._socket = None

    def _connect(self) -> None:
        with contextlib.suppress(OSError):
            self.close()
        self._socket = socket.create_connection(("127.0.0.1", self._crowd.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._crowd.add(self, select.EPOLLIN)
