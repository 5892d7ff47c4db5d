"""Requests to addresses that users or admins have entered: never into the network of this server.

The name is looked up once, each of its addresses is checked, and the connection goes to a checked address: a second lookup could answer
otherwise (DNS rebinding). Redirects are not followed, no proxy of the environment is used, and an answer is bounded in time and size.
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
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Thread
from typing import Any
from urllib.parse import SplitResult, urlsplit

REQUEST_TIMEOUT_SECONDS = 5.0
"""For all of it: lookup, connection, request and answer."""
MAX_ANSWER_BYTES = 4096
"""Bytes of an answer's body that are read."""
_MAX_HEAD_BYTES = 16_384
_NAT64 = IPv6Network("64:ff9b::/96")
_PORTS = {"https": 443, "http": 80}

Found = tuple[socket.AddressFamily, Any]
"""A family and an address of it, as a socket connects to."""


class NotAllowed(Exception):
    """The target is refused by policy. It stays refused: no retry."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not allowed: {why}")


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

    `private`: the setting `ALLOW_PRIVATE_TARGETS`.
    """
    parts = _checked(url, private=private)
    try:
        return _post(parts, body, headers, time.monotonic() + REQUEST_TIMEOUT_SECONDS, private=private)
    except TimeoutError:
        raise Unanswered(f"no answer within {REQUEST_TIMEOUT_SECONDS:g} s") from None
    except (OSError, HTTPException, UnicodeError) as error:
        raise Unanswered(f"{type(error).__name__}: {error}"[:200]) from None


def check_url(url: str, *, private: bool = False) -> None:
    """Check an address as far as that is possible without a lookup. Raises `NotAllowed`."""
    _checked(url, private=private)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the internet.

    Also the IPv4 address that an IPv6 address leads to.
    """
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _checked(url: str, *, private: bool) -> SplitResult:
    parts = _split(url, private=private)
    try:
        literal = ip_address(parts.hostname or "")
    except ValueError:
        if not private and (parts.hostname or "").rstrip(".").rpartition(".")[2] in ("localhost", "local", "internal"):
            raise NotAllowed(f"{parts.hostname} is not on the internet") from None
        return parts
    _check(parts, literal, private=private)
    return parts


def _split(url: str, *, private: bool) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise NotAllowed("an address is printable ASCII without spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NotAllowed(str(error)) from None
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise NotAllowed("only https:// addresses are")
    if not host or port == 0 or parts.username is not None or parts.password is not None:
        raise NotAllowed("an address is https://HOST[:PORT]/PATH, without a user or a password")
    return parts


def _post(parts: SplitResult, body: bytes, headers: Mapping[str, str], deadline: float, *, private: bool) -> Answer:
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    connected = _connect(_addresses(parts, host, port, deadline, private=private), deadline)
    with connected as plain:
        if parts.scheme == "https":
            plain.settimeout(_left(deadline))
            with _context().wrap_socket(plain, server_hostname=host) as wrapped:
                return _exchange(HTTPSConnection(host, port, context=_context()), wrapped, parts, body, headers, deadline)
        return _exchange(HTTPConnection(host, port), plain, parts, body, headers, deadline)


def _addresses(parts: SplitResult, host: str, port: int, deadline: float, *, private: bool) -> list[Found]:
    """The addresses of the host.

    Raises `NotAllowed` if any of them is private: a public one beside it is no excuse.
    """
    found = _look_up(host, port, deadline)
    for _, address in found:
        _check(parts, ip_address(str(address[0])), private=private)
    return found


def _look_up(host: str, port: int, deadline: float) -> list[Found]:
    """Look a name up, in a thread because a lookup has no timeout of its own."""
    found: list[Found] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            found.extend((family, address) for family, *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    lookup = Thread(target=run, daemon=True)
    lookup.start()
    lookup.join(_left(deadline))
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError
    return found


def _check(parts: SplitResult, address: IPv4Address | IPv6Address, *, private: bool) -> None:
    public = is_public(address)
    if not public and not private:
        raise NotAllowed(f"{parts.hostname} leads to {address}, which is not on the internet")
    if public and parts.scheme == "http":
        raise NotAllowed("only https:// addresses are")


def _connect(found: list[Found], deadline: float) -> socket.socket:
    """A connection to the first of the addresses that can be reached."""
    failure: OSError = OSError("the name has no address")
    for family, address in found:
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(_left(deadline))
            connection.connect(address)
            return connection
        except OSError as error:
            connection.close()
            failure = error
    raise failure


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
        self._connection.settimeout(_left(self._deadline))
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
            raise ConnectionError("the answer is too long")
        self._connection.settimeout(_left(self._deadline))
        count = self._connection.recv_into(memoryview(buffer)[: self._room])
        self._room -= count
        return count


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
