"""Third-party SSE clients, to test what their users receive."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
import requests

_HERE = Path(__file__).parent
_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An event as the client reports it. `id`: the client's last event id."""

    name: str
    data: str
    id: str

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Listener:
    """Collects the events of a client in a thread, as they arrive."""

    def __init__(self, received: Iterator[ReceivedEvent]) -> None:
        self.without_data: list[ReceivedEvent] = []
        self._received: queue.Queue[ReceivedEvent] = queue.Queue()
        self._thread = threading.Thread(target=self._listen, args=(received,), daemon=True)
        self._thread.start()

    def until(self, wanted: str | Callable[[ReceivedEvent], bool]) -> ReceivedEvent:
        """Return the next event with this name or for which `wanted` is true, skipping those before it."""
        before: list[ReceivedEvent] = []
        while True:
            try:
                event = self._received.get(timeout=_PATIENCE_SECONDS)
            except queue.Empty:
                raise AssertionError(f"no such event within {_PATIENCE_SECONDS:g} s; events before: {before}") from None
            if event.name == wanted if isinstance(wanted, str) else wanted(event):
                return event
            before.append(event)

    def join(self) -> None:
        self._thread.join(_PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "the client does not end"

    def _listen(self, received: Iterator[ReceivedEvent]) -> None:
        for event in received:
            if not event.data:
                self.without_data.append(event)
            self._received.put(event)


@contextmanager
def npm_eventsource(url: str, token: str, *names: str) -> Iterator[Listener]:
    """Run the npm package `eventsource`."""
    with _script("eventsource", url, token, *names) as listener:
        yield listener


@contextmanager
def undici(url: str, token: str, *names: str) -> Iterator[Listener]:
    """Run Node's own EventSource."""
    with _script("undici", url, token, *names) as listener:
        yield listener


@contextmanager
def python_httpx_sse(url: str, token: str, *names: str) -> Iterator[Listener]:
    """Run the PyPI package `httpx-sse`. After the first id it reports each empty line as an event."""
    with (
        httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=_PATIENCE_SECONDS, trust_env=False) as client,
        httpx_sse.connect_sse(client, "GET", url) as source,
    ):
        listener = Listener(_events(source))
        yield listener
        _shut_down(source.response.extensions["network_stream"].get_extra_info("socket"))
        listener.join()


@contextmanager
def python_requests(url: str, token: str, *names: str) -> Iterator[Listener]:
    """Run a loop over the lines of `requests`: Latin-1, since the response has no charset, and U+0085 ends a line too."""
    headers = {"Authorization": f"Bearer {token}"}
    with requests.Session() as session:
        session.trust_env = False
        with session.get(url, headers=headers, stream=True, timeout=_PATIENCE_SECONDS) as response:
            connection = response.raw.connection.sock  # type: ignore[union-attr]  # None once the response has been read
            listener = Listener(_events_of_lines(response))
            yield listener
            _shut_down(connection)
            listener.join()


CLIENTS = pytest.mark.parametrize(
    "client", [npm_eventsource, undici, python_httpx_sse, python_requests], ids=lambda client: client.__name__
)


def _events(source: httpx_sse.EventSource) -> Iterator[ReceivedEvent]:
    with contextlib.suppress(httpx.TransportError):
        for event in source.iter_sse():
            yield ReceivedEvent(event.event, event.data, event.id)


def _events_of_lines(response: requests.Response) -> Iterator[ReceivedEvent]:
    name = cursor = ""
    with contextlib.suppress(requests.RequestException):
        for line in response.iter_lines(chunk_size=1, decode_unicode=True):
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "id":
                cursor = value
            elif field == "data":
                yield ReceivedEvent(name, value, cursor)


def _shut_down(connection: socket.socket) -> None:
    """Wake the reading thread; closing the client alone would leave it waiting."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def _script(name: str, *args: str) -> Iterator[Listener]:
    node = shutil.which("node")
    if node is None or not (_HERE.parents[1] / "node_modules" / name).is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"Node with the package {name} is missing: `make setup` fetches it")
    with subprocess.Popen([node, _HERE / f"{name}.mjs", *args], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        listener = Listener(ReceivedEvent(**json.loads(line)) for line in process.stdout)
        try:
            yield listener
        finally:
            process.kill()
            listener.join()
