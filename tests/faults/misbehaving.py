"""Misbehaving clients: never reading, vanished from the network, resetting, and very slow."""

from __future__ import annotations

import ctypes
import json
import select
import socket
import struct
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.sse import Response, Stream

# From <linux/asm-generic/socket.h>; Python's socket module lacks these constants.
_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27
# One instruction of the kernel's packet filter: return 0, which drops the whole packet.
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)


def deaf(url: str, token: str) -> Stream:
    """Open a stream and never read from it, with the smallest receive buffer the kernel allows."""
    return Stream(url, token, receive_buffer=4096, wait=None)


def vanish(stream: Stream) -> None:
    """Simulate a lost network: the client's kernel answers nothing from now on, no ACK, no RST.

    Needs no privilege. Closing the socket would send a FIN, so keep the stream until the server has given up.
    """
    drop_all(stream.socket)


def reappear(stream: Stream) -> None:
    """Restore the client's network."""
    drop_nothing(stream.socket)


def drop_all(connection: socket.socket) -> None:
    """Make the kernel ignore every packet for this socket; listening sockets too."""
    program = ctypes.create_string_buffer(_DROP_ALL)
    connection.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))


def drop_nothing(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def hang_up(stream: Stream) -> None:
    """Close the connection with RST."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


@dataclass(frozen=True, slots=True)
class Dribbled:
    """How a slow request ended: status (None if the server just closed), bytes sent, seconds."""

    status: int | None
    sent: int
    seconds: float


def dribble(url: str, token: str | None = None, *, pause: float = 0.1, chunked: bool = False, within: float = 60.0) -> Dribbled:
    """POST a body byte by byte with a `pause` between, until the server answers or closes.

    Raises `TimeoutError` if the server waits longer than `within`, and `ProtocolError` for an invalid response.
    """
    address = urlsplit(url)
    body = json.dumps({"to": "all", "message": "x" * 4000}).encode()
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n{authorization}Content-Type: application/json\r\n{length}\r\n\r\n"
    start = time.monotonic()
    with socket.create_connection((address.hostname, address.port), timeout=within) as connection:
        connection.sendall(head.encode())
        for sent, byte in enumerate(body):
            readable, _, _ = select.select([connection], [], [], pause)
            if readable:
                return Dribbled(_status(connection), sent, time.monotonic() - start)
            if time.monotonic() - start > within:
                raise TimeoutError(f"{sent} bytes of a body in {within:g} s, and the server still waits for more")
            piece = bytes([byte])
            connection.sendall(b"1\r\n%b\r\n" % piece if chunked else piece)
    raise AssertionError(f"the whole body was sent within {within:g} s: choose a longer pause")


def _status(connection: socket.socket) -> int | None:
    response = Response()
    while response.status is None:
        try:
            data = connection.recv(65_536)
        except ConnectionError:
            return None
        if not data:
            return None
        response.feed(data)
    return response.status
