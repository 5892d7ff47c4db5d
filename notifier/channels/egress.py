"""Requests to addresses that users or admins have entered.

`guard` decides where they may go. Redirects are not followed, no proxy of the environment is used, and an answer is bounded in time and
size.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

from notifier.channels import guard, unanswered
from notifier.channels.guard import NotAllowed, seconds_left

REQUEST_TIMEOUT_SECONDS = 5.0
"""For all of it: lookup, connection, request and answer."""
MAX_ANSWER_BYTES = 4096
"""Bytes of an answer's body that are read."""
_MAX_HEAD_BYTES = 16_384
_PORTS = {"https": 443, "http": 80}


class Unanswered(Exception):
    """The target did not answer, or not in HTTP. It may later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; names of headers in lower case.

    `body`: its first `MAX_ANSWER_BYTES` bytes.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False) -> Answer:
    """Send a POST request. Raises `NotAllowed` or `Unanswered`.

    `private`: the setting `ALLOW_PRIVATE_TARGETS`, or that of push.
    """
    parts = _checked(url, private=private)
    try:
        return _post(parts, body, headers, time.monotonic() + REQUEST_TIMEOUT_SECONDS, private=private)
    except (OSError, HTTPException, UnicodeError) as error:
        raise Unanswered(unanswered.text(error, REQUEST_TIMEOUT_SECONDS, parts.hostname or "")) from None


def load() -> None:
    """Read the authorities of this machine."""
    _context()


def check_url(url: str, *, private: bool = False) -> None:
    """Check an address as far as that is possible without a lookup. Raises `NotAllowed`."""
    _checked(url, private=private)


def _checked(url: str, *, private: bool) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise NotAllowed("an address is printable ASCII without spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NotAllowed(str(error)) from None
    guard.check_scheme(parts.scheme, private=private)
    if not host or port == 0 or parts.username is not None or parts.password is not None:
        raise NotAllowed("an address is https://HOST[:PORT]/PATH, without a user or a password")
    guard.check_host(parts.scheme, host, private=private)
    return parts


def _post(parts: SplitResult, body: bytes, headers: Mapping[str, str], deadline: float, *, private: bool) -> Answer:
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    connected = guard.connect(parts.scheme, host, port, deadline, private=private)
    with connected as plain:
        if parts.scheme == "https":
            plain.settimeout(seconds_left(deadline))
            with _context().wrap_socket(plain, server_hostname=host) as wrapped:
                return _exchange(HTTPSConnection(host, port, context=_context()), wrapped, parts, body, headers, deadline)
        return _exchange(HTTPConnection(host, port), plain, parts, body, headers, deadline)


def _exchange(
    client: HTTPConnection, connection: socket.socket, parts: SplitResult, body: bytes, headers: Mapping[str, str], deadline: float
) -> Answer:
    """Send the request on the connection, and read the answer."""
    client.sock = _Bounded(connection, deadline)
    client.auto_open = 0  # it would look the name up again
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    client.request("POST", path, body, {**headers, "Connection": "close"})
    response = client.getresponse()
    if 300 <= response.status < 400:
        raise NotAllowed(f"the answer {response.status} is a redirect")
    try:
        content = response.read(MAX_ANSWER_BYTES)
    except (OSError, HTTPException):
        content = b""  # the status counts, and a request that was accepted must not be repeated for the sake of the text
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)


class _Bounded:
    """What `http.client` uses of a socket, with a deadline for all of it and a bound of what is read."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(seconds_left(self._deadline))
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._connection, self._deadline))

    def close(self) -> None:
        self._connection.close()


class _Reader(io.RawIOBase):
    """Reads a socket until a deadline, and at most a head and a body."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self._room = _MAX_HEAD_BYTES + MAX_ANSWER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._room <= 0:
            raise ConnectionError("The answer is too long")
        self._connection.settimeout(seconds_left(self._deadline))
        count = self._connection.recv_into(memoryview(buffer)[: self._room])
        self._room -= count
        return count


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
