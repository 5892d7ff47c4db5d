"""One connection to a stream, on a blocking socket with a deadline for every wait."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from urllib.parse import urlsplit

import httpx

from tests.sse.errors import Closed
from tests.sse.parser import Comment, Event, Parser
from tests.sse.response import Response

_RECEIVE_BYTES = 65_536
_SHOWN_EVENTS = 5

Wanted = str | Callable[[Event], bool]


class Stream:
    """Connects on construction and waits for the head of the response; with `wait=None` only until the request is sent.

    `events` and `comments` hold everything read so far; only `next`, `until`, `read_for`, `receive` and `wait_closed` read.
    A response that is not a stream is read to its end: see `response`.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        last_event_id: str | None = None,
        *,
        method: str = "GET",
        http: str = "1.1",
        receive_buffer: int | None = None,
        wait: float | None = 10.0,
    ) -> None:
        """`receive_buffer`: bytes of SO_RCVBUF, for a client that buffers little."""
        self.url = url
        self.raw = bytearray()
        """Every byte received, head and framing included."""
        self.closed = False
        """Whether the connection has ended, from either side."""
        self._parser = Parser()
        self._response = Response(method=method, version=http)
        self._body = bytearray()
        self._seen = 0
        self._broken: str | None = None
        address = urlsplit(url)
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            self.socket.settimeout(wait)
            self.socket.connect((address.hostname, address.port or 80))
            self.socket.sendall(_request(url, method, http, token, headers, last_event_id))
            if wait is not None:
                self._wait_head(time.monotonic() + wait)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        """Show status and last events, to explain a wait that failed."""
        lately = ", ".join(f"{event.name} {event.id or ''} {event.data[:80]}" for event in self.events[-_SHOWN_EVENTS:])
        body = f"; body {bytes(self._body)!r}" if self._body else ""
        end = f"; {self._broken or 'closed'}" if self.closed else ""
        return f"<{self.url} status {self.status}, {len(self.events)} events, the last: {lately or 'none'}{body}{end}>"

    def fileno(self) -> int:
        return self.socket.fileno()

    @property
    def status(self) -> int | None:
        """None until the head has arrived."""
        return self._response.status

    @property
    def headers(self) -> httpx.Headers:
        return self._response.headers

    @property
    def chunked(self) -> bool:
        return self._response.chunked

    @property
    def response(self) -> httpx.Response:
        """The whole response, if it is not a stream, such as an error."""
        assert self.status is not None
        unframed = [(name, value) for name, value in self.headers.multi_items() if name.lower() != "transfer-encoding"]
        return httpx.Response(self.status, headers=unframed, content=bytes(self._body))

    @property
    def events(self) -> list[Event]:
        return self._parser.events

    @property
    def comments(self) -> list[Comment]:
        return self._parser.comments

    @property
    def last_event_id(self) -> str:
        """The `Last-Event-ID` that a browser would send to resume; empty before the first id."""
        return self._parser.last_event_id

    @property
    def retry(self) -> int | None:
        return self._parser.retry

    @property
    def ended_cleanly(self) -> bool:
        """Whether the body ended properly: by the last chunk, or in HTTP/1.0 by the end of the connection without a reset."""
        return self._response.ended and self._broken is None

    def next(self, timeout: float = 10.0) -> Event:
        """Return the next event. Raises `Closed` or `TimeoutError`."""
        deadline = time.monotonic() + timeout
        while self._seen == len(self.events):
            if self.closed:
                raise Closed(f"the stream ended. {self!r}")
            if not self.receive(deadline - time.monotonic()) and time.monotonic() >= deadline:
                raise TimeoutError(f"no event within {timeout:g} s. {self!r}")
        self._seen += 1
        return self.events[self._seen - 1]

    def until(self, wanted: Wanted, timeout: float = 10.0) -> Event:
        """Return the next event with this name or for which `wanted` is true, skipping those before it."""
        deadline = time.monotonic() + timeout
        while True:
            event = self.next(max(0.0, deadline - time.monotonic()))
            if event.name == wanted if isinstance(wanted, str) else wanted(event):
                return event

    def read_for(self, seconds: float) -> list[Event]:
        """Read for `seconds`, or until the end, and return the new events."""
        deadline = time.monotonic() + seconds
        while not self.closed and (left := deadline - time.monotonic()) > 0:
            self.receive(left)
        fresh, self._seen = self.events[self._seen :], len(self.events)
        return fresh

    def wait_closed(self, timeout: float = 10.0) -> bool:
        """Read until the server ends the response or the connection; False on timeout."""
        deadline = time.monotonic() + timeout
        while not self.closed and (left := deadline - time.monotonic()) > 0:
            self.receive(left)
        return self.closed

    def receive(self, timeout: float = 0.0) -> bool:
        """Receive once, within `timeout`; False when nothing arrived. Raises `ProtocolError`."""
        self.socket.settimeout(max(0.0, timeout))
        try:
            data = self.socket.recv(_RECEIVE_BYTES)
        except (BlockingIOError, TimeoutError):
            return False
        except ConnectionError as error:
            self._broken = str(error)
            self.close()
            return True
        self._take(data, time.monotonic())
        return True

    def close(self) -> None:
        """Close the connection from the client's side."""
        self.closed = True
        self.socket.close()

    def _take(self, data: bytes, at: float) -> None:
        self.raw += data
        if not data:
            self._response.feed_end()
            self.close()
            return
        body = self._response.feed(data)
        if self._is_stream:
            self._parser.feed(body, at)
        else:
            self._body += body
        # The server keeps the connection open for the next request, but there is none.
        if self._response.ended:
            self.close()

    def _wait_head(self, deadline: float) -> None:
        while not self.closed and (self.status is None or not self._is_stream):
            left = deadline - time.monotonic()
            if not self.receive(left) and left <= 0:
                raise TimeoutError(f"no response in time. {self!r}")
        if self.status is None:
            raise Closed(f"the connection ended before a response. {self!r}")

    @property
    def _is_stream(self) -> bool:
        content_type: str = self.headers.get("content-type", "")
        return content_type.startswith("text/event-stream")


def _request(url: str, method: str, http: str, token: str | None, headers: Mapping[str, str] | None, last_event_id: str | None) -> bytes:
    address = urlsplit(url)
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    lines = {"Host": address.netloc, "Accept": "text/event-stream", "Cache-Control": "no-store"}
    if token is not None:
        lines["Authorization"] = f"Bearer {token}"
    if last_event_id is not None:
        lines["Last-Event-ID"] = last_event_id
    lines |= headers or {}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/{http}\r\n{head}\r\n".encode()
