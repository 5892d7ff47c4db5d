"""How a stream starts, is refused, and ends (contract §3)."""

from __future__ import annotations

import http.client
import time
from contextlib import closing

import pytest

from tests.api_client import STREAM_PATH, Person, problem
from tests.conftest import Serve
from tests.databases import Databases
from tests.servers import Notifier
from tests.servers.port import LOOPBACK
from tests.site import Site
from tests.sse import Fleet
from tests.tokens import reissued
from tests.waiting import eventually

PER_USER = 3


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: opening a stream does not depend on the database."""
    return sqlite_databases


def test_head_returns_headers_and_ends(site: Site, alice: Person) -> None:
    stream = alice.stream(method="HEAD")
    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")
    assert site.server.metric("sse_connections_total") == 0


def test_http_1_0_client_gets_an_unframed_stream(alice: Person, dana: Person) -> None:
    stream = alice.connected(http="1.0")
    assert not stream.chunked
    sent = dana.send(alice)["id"]
    assert stream.until("notification").json["id"] == sent


def test_stream_over_the_user_limit_is_refused(alice: Person, bob: Person) -> None:
    for _ in range(PER_USER):
        alice.connected()
    problem(alice.stream(), 429, "too_many_streams")
    assert bob.stream().status == 200


def test_ended_stream_frees_its_slot(alice: Person) -> None:
    streams = [alice.stream() for _ in range(PER_USER)]
    streams[0].close()
    eventually(lambda: alice.stream().status == 200, within=1.0)


def test_stream_ends_when_its_token_expires(alice: Person) -> None:
    end = int(time.time()) + 2
    alice.token = reissued(alice.token, exp=end)
    stream = alice.stream()
    assert stream.until("bye", timeout=5.0).json["reason"] == "expired"
    assert end - 0.1 <= time.time() <= end + 1.0
    assert stream.wait_closed() and stream.ended_cleanly


def test_connection_of_an_ended_stream_answers_the_next_request(server: Notifier, alice: Person, dana: Person) -> None:
    lost = [number for number in range(20) if not answers_after_a_stream(server, alice, dana)]

    assert lost == []


def answers_after_a_stream(server: Notifier, alice: Person, dana: Person) -> bool:
    """Whether a connection gets responses to two requests after the stream of an ended session."""
    session = dana.post("/api/sessions", json={"title": "Transcode", "owner": alice.name}).json()["id"]
    dana.post(f"/api/sessions/{session}/status", json={"status": "processed"})
    connection = http.client.HTTPConnection(LOOPBACK, server.port)
    with closing(connection):
        for path in (f"/api/sessions/{session}/status/stream", f"/api/sessions/{session}", "/api/notifications/unread-count"):
            connection.request("GET", path, headers={"Authorization": f"Bearer {alice.token}"})
            try:
                answer = connection.getresponse()
            except (ConnectionError, http.client.HTTPException):
                return False
            assert answer.status == 200 and answer.getheader("Connection") == "keep-alive", answer.headers
            answer.read()
    return True


def test_stream_over_the_server_limit_is_refused(serve: Serve) -> None:
    site = serve(STREAM_MAX_CONNECTIONS=2)
    alice, bob = site.person("alice"), site.person("bob")
    assert [alice.stream().status, alice.stream().status] == [200, 200]
    problem(bob.stream(), 503, "full")
    assert bob.get("/api/notifications").status_code == 200


def test_stream_opening_is_rate_limited(serve: Serve) -> None:
    site = serve(STREAM_RATE="2/hour")
    alice, bob = site.person("alice"), site.person("bob")
    assert [alice.stream().status, alice.stream().status] == [200, 200]
    problem(alice.stream(), 429, "too_many")
    assert bob.stream().status == 200


def test_requests_are_answered_while_many_streams_are_open(serve: Serve) -> None:
    site = serve(STREAM_MAX_PER_USER=300)
    alice, bob, dana = site.person("alice"), site.person("bob"), site.person("dana", "sender")
    with Fleet() as fleet:
        fleet.open(site.url + STREAM_PATH, [alice.token] * 300)
        slowest = max(_seconds_to_send(dana, bob) for _ in range(20))
    assert slowest < 0.5


def _seconds_to_send(sender: Person, recipient: Person) -> float:
    start = time.monotonic()
    sender.send(recipient)
    return time.monotonic() - start
