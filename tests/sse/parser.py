"""Parse an event stream by the WHATWG HTML standard, section 9.2.6 "Interpreting an event stream".

Stricter in one point: bytes that are not UTF-8 are an error here, where a browser would show a replacement character.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.sse.errors import ProtocolError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Event:
    """A dispatched event. `id` and `retry` are None when the block had no such line; `at` is on the monotonic clock."""

    id: str | None
    name: str
    data: str
    retry: int | None
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@dataclass(frozen=True, slots=True)
class Comment:
    text: str
    at: float


class Parser:
    """An incremental parser: takes bytes in pieces of any size, and appends to `events` and `comments`."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.comments: list[Comment] = []
        self.last_event_id = ""
        self.retry: int | None = None
        """The last reconnection time from the server, in milliseconds."""
        self._line = b""
        self._at_start = True
        self._after_cr = False
        self._id_buffer = ""
        self._id: str | None = None
        self._name = ""
        self._data: list[str] = []
        self._retry: int | None = None

    def feed(self, data: bytes, at: float = 0.0) -> None:
        """Parse the next bytes, which arrived `at`. Raises `ProtocolError` for bytes that are not UTF-8."""
        if not data:
            return
        # The CR has already ended its line; the LF of the same line end may be the first byte of the next piece.
        fresh = data.removeprefix(b"\n") if self._after_cr else data
        self._after_cr = data.endswith(b"\r")
        *lines, self._line = _LINE_END.split(self._line + fresh)
        for line in lines:
            self._end_line(line, at)

    def _end_line(self, line: bytes, at: float) -> None:
        if self._at_start:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._at_start = False
        try:
            self._take_line(line.decode("utf-8"), at)
        except UnicodeDecodeError as error:
            raise ProtocolError(f"not UTF-8: {line!r}") from error

    def _take_line(self, line: str, at: float) -> None:
        if not line:
            self._dispatch(at)
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line.startswith(":"):
            self.comments.append(Comment(value, at))
        else:
            self._take_field(field, value)

    def _take_field(self, field: str, value: str) -> None:
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "id" and "\0" not in value:
            self._id = self._id_buffer = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self._retry = self.retry = int(value)

    def _dispatch(self, at: float) -> None:
        # A block without an event also changes the last event id.
        self.last_event_id = self._id_buffer
        # One empty `data` line makes the data buffer a lone LF, which is not empty: that is an event.
        if self._data:
            self.events.append(Event(self._id, self._name or "message", "\n".join(self._data), self._retry, at))
        self._id, self._name, self._data, self._retry = None, "", [], None
