"""Wire format of Server-Sent Events (WHATWG HTML, section 9.2) and of cursors in `id:` lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The three line ends of the format only: str.splitlines() also splits at U+2028, U+0085, FS, GS, RS, VT and FF.
_LINE_END = re.compile(r"\r\n|\r|\n")
_CURSOR = re.compile(r"([0-9a-f]{8})-([0-9]{1,18})", re.ASCII)

KEEPALIVE = b": heartbeat\n"
"""Without an empty line: after an id, httpx-sse and parsers like it would hand out an event without data at that line."""


def encode(data: str, *, event: str | None = None, id: str | None = None, retry: int | None = None) -> bytes:
    """Encode one event. `retry` is in milliseconds.

    Raises `ValueError` when `event` or `id` contains CR, LF or NUL: such a field would end early and forge another.
    """
    lines = [] if id is None else [_field("id", id)]
    if event is not None:
        lines.append(_field("event", event))
    if retry is not None:
        lines.append(f"retry: {int(retry)}\n")
    return "".join(lines).encode() + data_lines(data) + b"\n"


def data_lines(data: str) -> bytes:
    """The `data` lines of an event that is assembled from cached pieces."""
    return "".join([f"data: {line}\n" for line in _LINE_END.split(data)]).encode()


def _field(name: str, value: str) -> str:
    if not value or any(character in value for character in "\r\n\0"):
        raise ValueError(f"{name} must be one line of text, not {value!r}")
    return f"{name}: {value}\n"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in one inbox's history; opaque to clients."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Parse a cursor; None when `text` is not one.

        `int()` alone would accept `1_000`, ` 5` and non-ASCII digits.
        """
        match = _CURSOR.fullmatch(text)
        return cls(match[1], int(match[2])) if match else None
