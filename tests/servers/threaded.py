"""HTTP servers in a thread of the process of the tests."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from types import TracebackType
from typing import Self

from tests.servers.port import LOOPBACK


class Handler(BaseHTTPRequestHandler):
    """Answers requests without a line for each among those of the tests."""

    def log_message(self, *_: object) -> None: ...


class ThreadedServer:
    """A context manager that serves on `port` of loopback. `handler`: answers the requests. `tls`: for https."""

    def __init__(self, handler: type[Handler], tls: SSLContext | None = None) -> None:
        self._server = ThreadingHTTPServer((LOOPBACK, 0), handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
