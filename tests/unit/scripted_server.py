"""A server that sends exactly the bytes of a test's script."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_PATIENCE_SECONDS = 10.0
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class ScriptedServer:
    """Answers each connection with the next script, and keeps the requests."""

    def __init__(self, scripts: Sequence[bytes], *, reset: bool) -> None:
        self.requests: list[bytes] = []
        self._scripts = scripts
        self._reset = reset
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_PATIENCE_SECONDS)
        self._go_on = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/stream?a=b"

    def go_on(self) -> None:
        """Let answers end; until then a connection stays open after its last byte."""
        self._go_on.set()

    def close(self) -> None:
        self.go_on()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        for script in self._scripts:
            connection, _ = self._listener.accept()
            with connection:
                self.requests.append(_request(connection))
                connection.sendall(script)
                self._go_on.wait(_PATIENCE_SECONDS)
                if self._reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def serving(*scripts: bytes, reset: bool = False, hold: bool = False) -> Iterator[ScriptedServer]:
    """`hold`: connections stay open until `go_on`; `reset`: they end with RST instead of FIN."""
    server = ScriptedServer(scripts, reset=reset)
    if not hold:
        server.go_on()
    try:
        yield server
    finally:
        server.close()


def _request(connection: socket.socket) -> bytes:
    """Read head and body: a connection closed with unread bytes ends with RST, before the answer."""
    connection.settimeout(_PATIENCE_SECONDS)
    with connection.makefile("rb") as reader:
        head = b""
        while (line := reader.readline()).strip():
            head += line
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        return head + b"\r\n" + reader.read(int(length[1]) if length else 0)
