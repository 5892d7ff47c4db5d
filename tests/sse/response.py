"""Strict incremental parser for the HTTP/1 response of a stream: status line, headers and framing (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx

from tests.sse.errors import ProtocolError

_STATUS_LINE = re.compile(rb"HTTP/(1\.[01]) ([2-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)")
_HEADER = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*"
)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_HEAD_LIMIT = 65_536
_LINE_LIMIT = 1024
_CRLF = b"\r\n"


class Response:
    """Takes the bytes of a response and returns those of its body. `status` is None until the head is complete.

    `ended`: the proper end of the body was received: the last chunk, the last counted byte, or, without framing, the end of
    the connection that `feed_end` reports.
    """

    def __init__(self, *, method: str = "GET", version: str = "1.1") -> None:
        self.status: int | None = None
        self.version = ""
        self.headers = httpx.Headers()
        self.ended = False
        self._method = method
        self._asked_version = version
        self._buffer = bytearray()
        self._left = 0
        self._step: Callable[[bytearray], bool] = self._head

    @property
    def chunked(self) -> bool:
        return "transfer-encoding" in self.headers

    def feed(self, data: bytes) -> bytes:
        """Return the part of the body in `data`. Raises `ProtocolError`."""
        self._buffer += data
        body = bytearray()
        while self._buffer and self._step(body):
            pass
        return bytes(body)

    def feed_end(self) -> None:
        """Note that the server has closed its side of the connection."""
        if self.status is not None and self._step == self._until_end:
            self.ended = True

    def _head(self, _body: bytearray) -> bool:
        end = self._buffer.find(_CRLF + _CRLF)
        if end < 0:
            if len(self._buffer) > _HEAD_LIMIT:
                raise ProtocolError(f"no end of the headers in {len(self._buffer)} bytes")
            return False
        first, *lines = bytes(self._buffer[:end]).split(_CRLF)
        del self._buffer[: end + 4]
        if not (match := _STATUS_LINE.fullmatch(first)):
            raise ProtocolError(f"not a status line: {first!r}")
        self.version = match[1].decode()
        self.headers = httpx.Headers([_header(line) for line in lines])
        self._step = self._framing(int(match[2]))
        self.status = int(match[2])
        return True

    def _framing(self, status: int) -> Callable[[bytearray], bool]:
        lengths = self.headers.get_list("content-length")
        encodings = [coding.lower() for coding in self.headers.get_list("transfer-encoding")]
        if len(lengths) > 1 or (lengths and encodings):
            raise ProtocolError(f"both length and chunked: {self.headers.multi_items()}")
        if self._method == "HEAD" or status in (204, 304):
            self.ended = True
            return self._nothing
        if encodings:
            if encodings != ["chunked"] or self.version == "1.0" or self._asked_version == "1.0":
                raise ProtocolError(f"transfer coding {encodings} in HTTP/{self.version}, asked in HTTP/{self._asked_version}")
            return self._chunk_size
        if not lengths:
            return self._until_end
        if not re.fullmatch(r"[0-9]{1,12}", lengths[0]):
            raise ProtocolError(f"content-length {lengths[0]!r}")
        self._left = int(lengths[0])
        self.ended = self._left == 0
        return self._counted if self._left else self._nothing

    def _chunk_size(self, _body: bytearray) -> bool:
        end = self._buffer.find(_CRLF)
        if end < 0:
            if len(self._buffer) > _LINE_LIMIT:
                raise ProtocolError(f"no chunk size: {bytes(self._buffer[:40])!r}…")
            return False
        line = bytes(self._buffer[:end])
        if not _CHUNK_SIZE.fullmatch(line):
            raise ProtocolError(f"not a chunk size: {line!r}")
        del self._buffer[: end + 2]
        self._left = int(line, 16)
        self._step = self._chunk_data if self._left else self._last_chunk
        return True

    def _chunk_data(self, body: bytearray) -> bool:
        self._take(body)
        if not self._left:
            self._step = self._chunk_end
        return True

    def _chunk_end(self, _body: bytearray) -> bool:
        if not self._blank():
            return False
        self._step = self._chunk_size
        return True

    def _last_chunk(self, _body: bytearray) -> bool:
        """Parse the blank line after the last chunk: there are no trailers, since the client never requests them."""
        if not self._blank():
            return False
        self.ended = True
        self._step = self._nothing
        return True

    def _counted(self, body: bytearray) -> bool:
        self._take(body)
        if not self._left:
            self.ended = True
            self._step = self._nothing
        return True

    def _until_end(self, body: bytearray) -> bool:
        body += self._buffer
        self._buffer.clear()
        return False

    def _nothing(self, _body: bytearray) -> bool:
        raise ProtocolError(f"bytes after the end of the response: {bytes(self._buffer[:40])!r}…")

    def _blank(self) -> bool:
        if not self._buffer.startswith(_CRLF):
            if len(self._buffer) >= 2:
                raise ProtocolError(f"a chunk goes on after its end: {bytes(self._buffer[:40])!r}…")
            return False
        del self._buffer[:2]
        return True

    def _take(self, body: bytearray) -> None:
        part = self._buffer[: self._left]
        body += part
        self._left -= len(part)
        del self._buffer[: len(part)]


def _header(line: bytes) -> tuple[str, str]:
    if not (match := _HEADER.fullmatch(line)):
        raise ProtocolError(f"not a header: {line!r}")
    return match[1].decode("ascii"), match[2].decode("latin-1")
