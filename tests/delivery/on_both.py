"""Streams on both of two workers. Which of them takes a connection is for the kernel to say."""

from __future__ import annotations

import time

from tests.api_client import STREAM_PATH, Person
from tests.sse import Event, Fleet, Stream


def open_on_both(fleet: Fleet, person: Person, most: int) -> None:
    """Opens streams, at `most` so many, until no worker counts them all. One of the two may still be starting. Needs quick heartbeats."""
    while len(fleet.streams) < most:
        fleet.open(person.api.url + STREAM_PATH, [person.token] * 10)
        now = time.monotonic()
        # The first heartbeat from now on may have been on its way already.
        fleet.wait(lambda stream, now=now: sum(beat.at > now for beat in named(stream, "heartbeat")) > 1)  # type: ignore[misc]
        if all(named(stream, "heartbeat")[-1].json["connections"] < len(fleet.streams) for stream in fleet.streams):
            return
    raise AssertionError(f"{most} streams, and all of them on one worker")


def named(stream: Stream, name: str) -> list[Event]:
    return [event for event in stream.events if event.name == name]
