"""Events out of the text of a stream, as this server writes them: each with its data as one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream. `id` is the cursor, None where the event had none."""

    name: str
    data: dict[str, Any]
    id: str | None


def events(pieces: Iterator[str]) -> Iterator[Event]:
    """Comments and empty blocks are passed over."""
    name, data, cursor = "message", "", None
    for line in _lines(pieces):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(name, json.loads(data), cursor)
            name, data, cursor = "message", "", None
        elif field == "event":
            name = value
        elif field == "data":
            data += value
        elif field == "id":
            cursor = value


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    """The server ends its lines with LF alone. httpx's own lines would also end at U+2028 and its like."""
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        yield from lines
