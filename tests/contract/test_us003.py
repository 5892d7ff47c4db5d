"""US003, the user story of the coaching platform: its six backend tests, against this server."""

from __future__ import annotations

import time

import pytest

from tests.api_client import STREAM_PATH, Person, problem
from tests.site import Site
from tests.sse import Event, Stream
from tests.tokens import reissued
from tests.waiting import eventually

HEARTBEAT = 0.5
KEEPALIVE = 0.2
# The delay that a shared machine may add.
SLACK = 0.3


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": HEARTBEAT, "KEEPALIVE_SECONDS": KEEPALIVE}


def notifications(stream: Stream, count: int) -> list[str]:
    """Return the ids of the next `count` notifications."""
    return [stream.until("notification").json["id"] for _ in range(count)]


def test_endpoint_has_event_stream_headers(alice: Person) -> None:
    stream = alice.stream()
    assert stream.status == 200
    found = {name: stream.headers.get_list(name) for name in ("content-type", "cache-control", "connection", "x-accel-buffering")}
    assert found == {
        "content-type": ["text/event-stream"],
        "cache-control": ["no-cache"],
        "connection": ["keep-alive"],
        "x-accel-buffering": ["no"],
    }


def test_stream_is_chunked_and_not_compressed(alice: Person) -> None:
    stream = alice.stream(headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert stream.chunked
    assert "content-encoding" not in stream.headers


def test_stream_has_the_common_headers(alice: Person) -> None:
    stream = alice.stream(headers={"X-Request-ID": "one-of-mine"})
    assert stream.headers["x-request-id"] == "one-of-mine"
    assert stream.headers["x-content-type-options"] == "nosniff"


def test_connected_event_has_user_time_and_cursor(alice: Person) -> None:
    first = alice.stream().next()
    assert (first.name, first.retry) == ("connected", 1000)
    assert first.json.keys() == {"user_id", "timestamp", "seq", "unread_count"}
    assert (first.json["user_id"], first.json["seq"], first.json["unread_count"]) == (alice.id, 0, 0)
    assert first.id is not None and first.id.endswith("-0")


@pytest.mark.parametrize(
    ("token", "code"),
    [(None, "token_missing"), ("garbage", "token_invalid"), ("expired", "token_expired"), ("foreign", "token_invalid")],
)
def test_stream_without_valid_token_returns_a_problem(site: Site, alice: Person, token: str | None, code: str) -> None:
    tokens = {"expired": reissued(alice.token, exp=int(time.time()) - 1), "foreign": reissued(alice.token, aud="another-service")}
    with Stream(site.url + STREAM_PATH, tokens.get(token or "", token)) as stream:
        problem(stream, 401, code)


def test_heartbeats_follow_the_configured_interval(alice: Person) -> None:
    stream = alice.connected()
    first, second = stream.until("heartbeat"), stream.until("heartbeat")
    assert second.at - first.at == pytest.approx(HEARTBEAT, abs=SLACK)


def test_heartbeat_has_seq_and_unread_count(alice: Person, dana: Person) -> None:
    stream = alice.connected()
    dana.send(alice)
    notifications(stream, 1)
    beat = stream.until("heartbeat")
    assert beat.id is None
    assert beat.json.keys() == {"timestamp", "connections", "seq", "unread_count"}
    assert (beat.json["connections"], beat.json["seq"], beat.json["unread_count"]) == (1, 1, 1)


def test_comments_keep_a_quiet_stream_alive(alice: Person) -> None:
    stream = alice.connected()
    stream.until("heartbeat")
    between = [comment for comment in stream.comments if comment.at < stream.events[-1].at]
    assert {comment.text for comment in between} == {"heartbeat"}
    assert between[0].at - stream.events[0].at == pytest.approx(KEEPALIVE, abs=SLACK)


def test_broadcast_reaches_every_connection(alice: Person, bob: Person, carol: Person, dana: Person) -> None:
    streams = [person.connected() for person in (alice, alice, alice, bob, bob, carol)]
    sent = [dana.send("all", title=title)["id"] for title in ("one", "two", "three")]
    assert [notifications(stream, 3) for stream in streams] == [sent] * 6


def test_notification_event_has_the_fields_of_the_list(alice: Person, dana: Person) -> None:
    stream = alice.connected()
    dana.send(alice, title="Ready ✓", message="two\nlines", type="video_complete", actions=[{"label": "Watch Now", "url": "/video/7"}])
    event = stream.until("notification").json
    listed = alice.get("/api/notifications").json()[0]
    assert event.pop("unread_count") == 1
    assert listed.pop("timestamp") == listed["created_at"]
    assert event == listed


def test_user_receives_own_events_only(alice: Person, bob: Person, dana: Person) -> None:
    alices, bobs = alice.connected(), bob.connected()
    for _ in range(3):
        dana.send(alice, title="for alice")
    for_bob = dana.send(bob, title="for bob")["id"]
    assert notifications(bobs, 1) == [for_bob]
    last = dana.send(alice, title="for alice, the last")["id"]
    assert notifications(alices, 4)[-1] == last
    assert for_bob not in {event.json["id"] for event in alices.events if event.name == "notification"}


def test_disconnect_is_counted_within_100_ms(site: Site, alice: Person, bob: Person) -> None:
    before = site.server.metric("sse_connections_total")
    streams = [person.connected() for person in (alice, alice, bob)]
    assert site.server.metric("sse_connections_total") == before + 3
    for stream in streams:
        stream.close()
    eventually(lambda: site.server.metric("sse_connections_total") == before, within=0.1)


def test_heartbeat_counts_remaining_connections(alice: Person) -> None:
    staying, leaving = alice.connected(), alice.connected()
    staying.until(lambda event: _connections(event) == 2)
    leaving.close()
    late = time.monotonic() + 0.1
    assert staying.until(lambda event: event.name == "heartbeat" and event.at > late).json["connections"] == 1


def _connections(event: Event) -> int | None:
    return event.json["connections"] if event.name == "heartbeat" else None
