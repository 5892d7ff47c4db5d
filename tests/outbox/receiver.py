"""A receiver of webhooks: an HTTP server in a thread, which answers as it is set to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ssl import SSLContext
from threading import Event, Lock
from typing import Any

from standardwebhooks import Webhook

from tests.servers.port import LOOPBACK
from tests.servers.threaded import Handler, ThreadedServer


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came. `headers`: by their names in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> str:
        return str(json.loads(self.body)["type"])

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data

    def verify(self, secret: str) -> None:
        """Verify the signature as receivers do. Raises for a wrong one."""
        Webhook(secret).verify(self.body, self.headers)


class Receiver(ThreadedServer):
    """`status`: of the next answers; `location`: where a redirect leads; `retry_after`: how long to wait.

    `answering`: cleared, calls wait for their answer. `most`: how many have waited for one at once.
    """

    def __init__(self, tls: SSLContext | None = None) -> None:
        self.calls: list[Call] = []
        self.forget()
        self._open = 0
        self._counting = Lock()
        self.answering = Event()
        self.answering.set()
        receiver = self

        class Answering(Handler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append(Call({name.lower(): value for name, value in self.headers.items()}, body))
                with receiver._waiting():
                    receiver.answering.wait(20)
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                if receiver.retry_after:
                    self.send_header("Retry-After", receiver.retry_after)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def handle(self) -> None:
                with suppress(ConnectionError):  # the process that called was killed
                    super().handle()

        super().__init__(Answering, tls)
        self.url = f"{'http' if tls is None else 'https'}://{LOOPBACK}:{self.port}/hooks"

    def forget(self) -> None:
        """Answer as a new receiver does."""
        self.calls.clear()
        self.status, self.location, self.retry_after, self.most = 204, "", "", 0

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        with self._counting:
            self._open += 1
            self.most = max(self.most, self._open)
        yield
        with self._counting:
            self._open -= 1
