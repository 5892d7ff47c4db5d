"""Streams that the server asks to reconnect at a certain age resume without a gap."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api_client import Person
from tests.databases import Databases

AGE = 1


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: the bytes of a stream do not depend on the database."""
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"STREAM_MAX_AGE_SECONDS": AGE, "STREAM_MAX_PER_USER": 20}


def test_streams_rotate_at_their_age_plus_or_minus_a_fifth(alice: Person) -> None:
    start = time.monotonic()
    streams = [alice.connected() for _ in range(10)]
    opened = time.monotonic()
    with ThreadPoolExecutor(len(streams)) as pool:
        byes = list(pool.map(lambda stream: stream.until("bye", timeout=3 * AGE), streams))

    assert {bye.json["reason"] for bye in byes} == {"rotated"}
    assert min(bye.at for bye in byes) >= start + 0.8 * AGE
    assert max(bye.at for bye in byes) <= opened + 1.2 * AGE + 0.5
    assert len({round(bye.at, 1) for bye in byes}) > 1


def test_rotated_client_misses_nothing(alice: Person, dana: Person) -> None:
    stream = alice.connected()
    stream.until("bye", timeout=3 * AGE)
    assert stream.wait_closed() and stream.ended_cleanly
    sent = dana.send(alice)["id"]

    again = alice.stream(last_event_id=stream.last_event_id)
    assert [again.next().name, again.next().json["id"]] == ["connected", sent]
