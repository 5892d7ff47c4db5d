"""A network link between browser and server that can be cut, and that records retries."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType

from tests.servers.port import LOOPBACK

_PATIENCE_SECONDS = 10.0


class Relay:
    """Forward connections to `port`. While `cut`, close them and leave new ones unanswered.

    `tries`: when a client requested `path` meanwhile, in seconds of the monotonic clock.
    """

    def __init__(self, port: int, path: str = "/stream") -> None:
        self.tries: list[float] = []
        self._to = port
        self._line = f"GET {path} ".encode()
        self._cut = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Relay:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        self._cut.set()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._cut.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._refuse if self._cut.is_set() else self._pass_on, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _refuse(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_PATIENCE_SECONDS)
            came = time.monotonic()
            if connection.recv(65_536).startswith(self._line):
                self.tries.append(came)

    def _pass_on(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self._to)) as server:
            self._open |= {connection, server}
            back = threading.Thread(target=_copy, args=(server, connection), daemon=True)
            back.start()
            _copy(connection, server)
            back.join()
            self._open -= {connection, server}


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
