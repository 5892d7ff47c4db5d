"""Cut the connection after every byte: a reconnect with the last cursor delivers the rest.

No event is delivered twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pytest

from tests.api_client import Person
from tests.databases import Databases
from tests.sse import Event, Parser, Response, Stream
from tests.sse.track import Track

AT_ONCE = 40


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: the bytes of a stream do not depend on the database."""
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"STREAM_MAX_PER_USER": 4 * AT_ONCE}


@dataclass(frozen=True, slots=True)
class Replay:
    """Stream response from `cursor`: its `raw` bytes, and its `events` up to the `head`."""

    cursor: str
    head: str
    raw: bytes
    events: Sequence[Event]


@pytest.fixture
def replay(alice: Person, dana: Person) -> Replay:
    """Replay with steps of one and of several events, updates, new rows and multi-byte characters."""
    dana.send(alice, title="known")
    cursor = alice.stream().next().id or ""
    dana.send(alice, title="new")
    dana.send(alice, title="“é✓𝄞”", message="two\nlines")
    alice.post("/api/notifications/read-all")
    dana.send(alice, title="last")
    head = alice.stream().next().id or ""
    stream = alice.stream(last_event_id=cursor)
    stream.until(lambda event: event.id == head)
    return Replay(cursor, head, bytes(stream.raw), stream.events)


def test_replay_to_be_cut_has_several_events_with_one_seq(replay: Replay) -> None:
    assert [(event.name, event.id is not None) for event in replay.events] == [
        ("connected", True),
        ("state", False),
        ("notification", False),
        ("notification", True),
        ("notification", True),
    ]


def test_stream_cut_after_any_byte_resumes_by_cursor(alice: Person, replay: Replay) -> None:
    for lengths in batches(replay):
        streams = [alice.stream(last_event_id=replay.cursor, wait=None) for _ in lengths]
        understood = [first_bytes(stream, length) for stream, length in zip(streams, lengths, strict=True)]
        again = [alice.stream(last_event_id=parser.last_event_id or replay.cursor, wait=None) for parser in understood]
        for length, parser, stream in zip(lengths, understood, again, strict=True):
            rest = events_after(parser.last_event_id or replay.cursor, replay.head, stream)
            assert data(whole_steps(parser.events[1:]) + rest) == data(replay.events[1:]), f"cut after {length} bytes"


def batches(replay: Replay) -> Iterable[range]:
    """Numbers of bytes to cut after, from the end of the headers to the end of the replay."""
    first, last = replay.raw.index(b"\r\n\r\n") + 4, len(replay.raw)
    return [range(start, min(start + AT_ONCE, last + 1)) for start in range(first, last + 1, AT_ONCE)]


def first_bytes(stream: Stream, length: int) -> Parser:
    """The events a client has parsed when its connection breaks after `length` bytes."""
    raw = b""
    stream.socket.settimeout(10.0)
    while len(raw) < length:
        raw += stream.socket.recv(length - len(raw))
    stream.close()
    parser = Parser()
    parser.feed(Response().feed(raw))
    return parser


def whole_steps(events: Sequence[Event]) -> list[Event]:
    """Drop the events of a step whose id was cut off: the server sends them again."""
    with_id = [place for place, event in enumerate(events) if event.id is not None]
    return list(events[: with_id[-1] + 1]) if with_id else []


def events_after(cursor: str, head: str, stream: Stream) -> list[Event]:
    """Events of the second connection up to the head, checked for their order."""
    stream.until(lambda event: event.id == head)
    stream.close()
    track = Track(cursor)
    for event in stream.events:
        track.check(event)
    return stream.events[1:]


def data(events: Sequence[Event]) -> list[str]:
    return [event.data for event in events]
