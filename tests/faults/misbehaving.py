"""Clients as the internet has them: deaf, gone without a word, rude, and endlessly slow."""

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

# <linux/asm-generic/socket.h>; Python's socket module does not know them.
_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27
# One instruction of the kernel's packet filter: return 0, which means "keep nothing of this packet".
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)


def deaf(url: str, token: str) -> Stream:
    """A client that asks for a stream and never reads a byte of it, with as little room for it as the kernel allows."""
    return Stream(url, token, receive_buffer=4096, wait=None)


def vanish(stream: Stream) -> None:
    """From now on the client's machine answers nothing, as after a lost network: neither ACK nor RST. No privilege is needed.

    Closing the socket would say goodbye, so keep the stream until the server has given up.
    """
    drop_all(stream.socket)


def reappear(stream: Stream) -> None:
    """The network is back."""
    drop_nothing(stream.socket)


def drop_all(connection: socket.socket) -> None:
    """The kernel takes every packet for this socket for one that was never sent to it; also for one that listens."""
    program = ctypes.create_string_buffer(_DROP_ALL)
    connection.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))


def drop_nothing(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def hang_up(stream: Stream) -> None:
    """Ends the connection with RST."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


@dataclass(frozen=True, slots=True)
class Dribbled:
    """How a slow request ended: the answer's status, or None when the server just closed; what was sent of it, and the seconds."""

    status: int | None
    sent: int
    seconds: float


def dribble(url: str, token: str | None = None, *, pause: float = 0.1, chunked: bool = False, within: float = 60.0) -> Dribbled:
    """A POST whose body comes byte by byte with a `pause` between, until the server has had enough.

    Raises `TimeoutError` when it never has, and `ProtocolError` for an answer that is none.
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
