"""Clients that never read, or have gone without a word. They cost nobody else anything, and are ended before long."""

from __future__ import annotations

import time

import pytest

from tests.api_client import STREAM_PATH, Person
from tests.databases import Databases
from tests.faults.misbehaving import deaf, hang_up, vanish
from tests.site import Site
from tests.sse import Stream
from tests.waiting import eventually

STALE = 2
# Until the kernel next tries to reach the peer, which it does ever less often.
LATE = 4
BACKLOG = 16_384


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"STREAM_STALE_SECONDS": STALE, "STREAM_BACKLOG_BYTES": BACKLOG, "HEARTBEAT_SECONDS": 0.2}


def open_streams(site: Site) -> float:
    return site.server.metric("sse_connections_total")


def slowest_of(count: int, sender: Person, recipients: list[str], stream: Stream) -> float:
    """Seconds from sending to arrival on `stream`."""
    slowest = 0.0
    for _ in range(count):
        start = time.monotonic()
        sender.send(recipients, message="x" * 4000)
        slowest = max(slowest, stream.until("notification").at - start)
    return slowest


def test_a_client_that_never_reads_is_closed_past_its_backlog(site: Site, alice: Person, dana: Person) -> None:
    never_reading = deaf(site.url + STREAM_PATH, alice.token)
    eventually(lambda: open_streams(site) == 1)
    sent = 0
    while open_streams(site) == 1:
        dana.send(alice, message="x" * 4000)
        sent += 4000
    assert sent < BACKLOG + 1_000_000
    assert "closed=slow" in site.server.log()
    never_reading.close()


def test_a_client_that_never_reads_costs_the_others_nothing(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    never_reading = [deaf(site.url + STREAM_PATH, alice.token) for _ in range(2)]
    eventually(lambda: open_streams(site) == 2)
    everybody = [alice.address, bob.address]
    assert slowest_of(100, dana, everybody, bob.connected()) < 0.5
    for stream in never_reading:
        stream.close()


def test_who_was_closed_for_being_slow_comes_back_and_misses_nothing(site: Site, alice: Person, dana: Person) -> None:
    inbox = alice.inbox()
    stream = inbox.connect()
    inbox.follow(lambda inbox: inbox.cursor is not None)
    while open_streams(site) == 1:
        dana.send(alice, message="x" * 4000)
    inbox.follow(lambda inbox: inbox.agrees())
    assert inbox.stream is not stream
    assert inbox.resets == 0


def test_a_client_whose_window_stays_shut_is_closed_when_it_is_stale(site: Site, alice: Person, dana: Person) -> None:
    never_reading = deaf(site.url + STREAM_PATH, alice.token)
    eventually(lambda: open_streams(site) == 1)
    for _ in range(5):
        dana.send(alice, message="x" * 4000)
    eventually(lambda: open_streams(site) == 0, within=STALE + LATE)
    never_reading.close()


def test_a_client_that_vanished_costs_the_others_nothing_and_is_closed(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    gone = alice.connected()
    vanish(gone)
    healthy = bob.connected()
    assert slowest_of(20, dana, [alice.address, bob.address], healthy) < 0.5
    eventually(lambda: open_streams(site) == 1, within=STALE + LATE)


@pytest.mark.parametrize("leave", [Stream.close, hang_up], ids=["politely", "rudely"])
def test_a_client_that_leaves_is_noticed_at_once(site: Site, alice: Person, leave: object) -> None:
    stream = alice.connected()
    assert callable(leave)
    leave(stream)
    eventually(lambda: open_streams(site) == 0, within=0.2)
