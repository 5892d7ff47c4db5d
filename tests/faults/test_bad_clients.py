"""Clients that never read, or have vanished: the server closes them, others are unaffected."""

from __future__ import annotations

import time

import pytest

from tests.api_client import STREAM_PATH, Person
from tests.conftest import Serve
from tests.databases import Databases
from tests.faults.misbehaving import deaf, hang_up, vanish
from tests.site import Site
from tests.sse import Stream
from tests.waiting import eventually

STALE = 2
# Until the kernel's next retransmission, whose intervals keep growing.
LATE = 4
# Generous for a busy machine: a client that had to wait for a deaf one would wait for ever.
PROMPT = 5.0
BACKLOG = 16_384
KERNELS = 2_000_000
LONG = "x" * 4000


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"STREAM_STALE_SECONDS": STALE, "STREAM_BACKLOG_BYTES": BACKLOG, "HEARTBEAT_SECONDS": 0.2}


def open_streams(site: Site) -> float:
    return site.server.metric("sse_connections_total")


def send_until_closed(site: Site, sender: Person, recipient: Person) -> None:
    """Send until the server closes the stream.

    The kernels' socket buffers have to be filled as well as the backlog.
    """
    for _ in range((BACKLOG + KERNELS) // len(LONG)):
        sender.send(recipient, message=LONG)
        if open_streams(site) == 0:
            return
    raise AssertionError("the stream is still open")


def slowest_of(count: int, sender: Person, recipients: list[str], stream: Stream) -> float:
    """The most seconds from a send to its arrival on `stream`."""
    slowest = 0.0
    for _ in range(count):
        start = time.monotonic()
        sender.send(recipients, message=LONG)
        slowest = max(slowest, stream.until("notification").at - start)
    return slowest


def test_client_that_never_reads_is_closed_over_its_backlog(site: Site, alice: Person, dana: Person) -> None:
    never_reading = deaf(site.url + STREAM_PATH, alice.token)
    eventually(lambda: open_streams(site) == 1)
    send_until_closed(site, dana, alice)
    assert '"closed": "slow"' in site.server.log()
    never_reading.close()


def test_client_that_never_reads_does_not_delay_others(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    never_reading = [deaf(site.url + STREAM_PATH, alice.token) for _ in range(2)]
    eventually(lambda: open_streams(site) == 2)
    everybody = [alice.address, bob.address]
    assert slowest_of(100, dana, everybody, bob.connected()) < PROMPT
    for stream in never_reading:
        stream.close()


def test_client_closed_as_slow_resumes_without_loss(site: Site, alice: Person, dana: Person) -> None:
    inbox = alice.inbox()
    stream = inbox.connect()
    inbox.follow(lambda inbox: inbox.cursor is not None)
    send_until_closed(site, dana, alice)
    inbox.follow(lambda inbox: inbox.agrees())
    assert inbox.stream is not stream
    assert inbox.resets == 0


def test_client_pausing_within_its_backlog_gets_everything(serve: Serve) -> None:
    site = serve(STREAM_BACKLOG_BYTES=KERNELS)
    alice, dana = site.person("alice"), site.person("dana", "sender")
    pausing = alice.connected(receive_buffer=4096)
    sent = [dana.send(alice, title=str(number), message=LONG)["id"] for number in range(100)]
    assert [pausing.until("notification").json["id"] for _ in sent] == sent


def test_client_with_a_closed_window_is_closed_as_stale(site: Site, alice: Person, dana: Person) -> None:
    never_reading = deaf(site.url + STREAM_PATH, alice.token)
    eventually(lambda: open_streams(site) == 1)
    for _ in range(5):
        dana.send(alice, message=LONG)
    eventually(lambda: open_streams(site) == 0, within=STALE + LATE)
    never_reading.close()


def test_vanished_client_is_closed_without_delaying_others(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    gone = alice.connected()
    vanish(gone)
    healthy = bob.connected()
    assert slowest_of(20, dana, [alice.address, bob.address], healthy) < PROMPT
    eventually(lambda: open_streams(site) == 1, within=STALE + LATE)


@pytest.mark.parametrize("leave", [Stream.close, hang_up], ids=["politely", "rudely"])
def test_disconnect_is_noticed_at_once(site: Site, alice: Person, leave: object) -> None:
    stream = alice.connected()
    assert callable(leave)
    leave(stream)
    eventually(lambda: open_streams(site) == 0, within=0.2)
