"""Parse the events of a stream as this server writes them: data is one line of JSON."""

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
    """The events in the pieces of a stream; comments and empty blocks are skipped."""
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
    """Split at LF only, as the server ends lines.

    httpx would also split at U+2028 and similar characters.
    """
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        yield from lines
