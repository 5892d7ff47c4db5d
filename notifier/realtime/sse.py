"""The wire format of Server-Sent Events (WHATWG HTML, section 9.2) and of the cursors in its `id:` lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The three line ends of the format, and no other: str.splitlines() also cuts at U+2028, U+0085, FS, GS, RS, VT and FF.
_LINE_END = re.compile(r"\r\n|\r|\n")
_CURSOR = re.compile(r"([0-9a-f]{8})-([0-9]{1,18})", re.ASCII)

KEEPALIVE = b": heartbeat\n\n"


def encode(data: str, *, event: str | None = None, id: str | None = None, retry: int | None = None) -> bytes:
    """One event block. `retry` is in milliseconds.

    Raises `ValueError` when `event` or `id` contains CR, LF or NUL: such a field would end early and forge another.
    """
    lines = [] if id is None else [_field("id", id)]
    if event is not None:
        lines.append(_field("event", event))
    if retry is not None:
        lines.append(f"retry: {int(retry)}\n")
    return "".join(lines).encode() + data_lines(data) + b"\n"


def data_lines(data: str) -> bytes:
    """The `data` of an event, for one that is put together from pieces made before."""
    return "".join([f"data: {line}\n" for line in _LINE_END.split(data)]).encode()


def _field(name: str, value: str) -> str:
    if not value or any(character in value for character in "\r\n\0"):
        raise ValueError(f"{name} must be one line of text, not {value!r}")
    return f"{name}: {value}\n"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in one inbox's history; opaque to clients."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor written as `text`, or None when it is not one. `int()` alone would take `1_000`, ` 5` and foreign digits."""
        match = _CURSOR.fullmatch(text)
        return cls(match[1], int(match[2])) if match else None
