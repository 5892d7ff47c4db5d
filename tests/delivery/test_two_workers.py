"""Two processes on one database: what one accepts arrives at the streams of both. SQLite serves one process, so PostgreSQL only."""

from __future__ import annotations

import time

import pytest

from tests.api_client import STREAM_PATH, Person
from tests.conftest import Serve
from tests.databases import Databases
from tests.sse import Event, Fleet, Stream

pytestmark = pytest.mark.postgres

MOST = 200
WITHIN = 2.0


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


def test_what_one_worker_accepts_arrives_at_the_streams_of_both(serve: Serve) -> None:
    site = serve("--workers", "2", STREAM_MAX_PER_USER=MOST, HEARTBEAT_SECONDS=0.2)
    alice, dana = site.person("alice"), site.person("dana", "sender")
    with Fleet() as fleet:
        open_on_both(fleet, alice)
        sent = dana.send(alice)["id"]
        assert fleet.wait(lambda stream: bool(named(stream, "notification"))) < WITHIN
        assert {event.json["id"] for stream in fleet.streams for event in named(stream, "notification")} == {sent}


def open_on_both(fleet: Fleet, person: Person) -> None:
    """Opens streams until no worker counts them all. One of the two may still be starting."""
    while len(fleet.streams) < MOST:
        fleet.open(person.api.url + STREAM_PATH, [person.token] * 10)
        now = time.monotonic()
        # The first heartbeat from now on may have been on its way already.
        fleet.wait(lambda stream, now=now: sum(beat.at > now for beat in named(stream, "heartbeat")) > 1)  # type: ignore[misc]
        if all(named(stream, "heartbeat")[-1].json["connections"] < len(fleet.streams) for stream in fleet.streams):
            return
    raise AssertionError(f"{MOST} streams, and all of them on one worker")


def named(stream: Stream, name: str) -> list[Event]:
    return [event for event in stream.events if event.name == name]
