"""Open streams on both of two workers; the kernel decides which worker accepts a connection."""

from __future__ import annotations

import time

from tests.api_client import STREAM_PATH, Person
from tests.sse import Event, Fleet, Stream


def open_on_both(fleet: Fleet, person: Person, most: int) -> None:
    """Open up to `most` streams until no worker counts all of them.

    One of the two workers may still be starting. Needs short heartbeat intervals.
    """
    while len(fleet.streams) < most:
        fleet.open(person.api.url + STREAM_PATH, [person.token] * 10)
        now = time.monotonic()
        # The first heartbeat received after `now` may have been sent before it: wait for two.
        fleet.wait(lambda stream, now=now: sum(beat.at > now for beat in named(stream, "heartbeat")) > 1)  # type: ignore[misc]
        if all(named(stream, "heartbeat")[-1].json["connections"] < len(fleet.streams) for stream in fleet.streams):
            return
    raise AssertionError(f"{most} streams, and all of them on one worker")


def named(stream: Stream, name: str) -> list[Event]:
    return [event for event in stream.events if event.name == name]
