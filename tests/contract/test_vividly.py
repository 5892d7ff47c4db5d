"""Contract with Vividly's clients, point by point, with the deliberate differences."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.api_client import Person, problem
from tests.contract.browser_client import listen, received, sign_in
from tests.contract.other_clients import python_httpx_sse, undici
from tests.databases import Databases
from tests.site import Site
from tests.sse import Event, Stream
from tests.waiting import eventually

STREAM = "/api/v1/notifications/stream"
HISTORY = "/api/v1/notifications/history"
VIDEO: dict[str, Any] = {
    "type": "video_complete",
    "title": "Video Ready!",
    "message": "It took 93 s",
    "metadata": {"content_id": "7", "video_url": "/video/7", "thumbnail_url": "/thumbs/7.jpg", "duration_seconds": 93.5, "title": "mine"},
}


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": 0.3, "KEEPALIVE_SECONDS": 0.3, "REPLAY_LIMIT": 5}


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: these tests check the format, and the delivery tests run on both databases."""
    return sqlite_databases


def open_stream(person: Person, path: str = STREAM, **kwargs: Any) -> Stream:
    """Open a user's stream and read its first message."""
    stream = person.stream(path, **kwargs)
    first = stream.next()
    assert (first.name, first.json["type"]) == ("message", "connected"), first
    return stream


def until(stream: Stream, type: str) -> Event:
    return stream.until(lambda event: event.json["type"] == type)


def test_first_message_is_unnamed_connected(alice: Person) -> None:
    first = alice.stream(STREAM).next()

    assert first.name == "message"
    assert first.json.keys() == {"type", "timestamp"}
    assert first.json["type"] == "connected"


def test_raw_answer_begins_with_ignorable_lines_or_data(alice: Person) -> None:
    lines = bytes(open_stream(alice).raw).partition(b"\r\n\r\n")[2].splitlines()

    assert b'data: {"type":"connected","timestamp":"' in b"\n".join(lines)
    assert not [line for line in lines if line.startswith(b"event:")]


def test_headers_forbid_buffering(alice: Person) -> None:
    headers = alice.stream(STREAM).headers

    assert (headers["content-type"], headers["cache-control"], headers["x-accel-buffering"]) == ("text/event-stream", "no-cache", "no")


def test_message_has_type_user_payload_and_timestamp(alice: Person, dana: Person) -> None:
    stream = open_stream(alice)
    dana.send(alice, **VIDEO)

    event = until(stream, "video_complete")
    listed = alice.get("/api/notifications").json()[0]
    assert event.name == "message"
    assert event.json == {
        "type": "video_complete",
        "user_id": alice.id,
        "payload": VIDEO["metadata"] | {"title": "Video Ready!"},
        "timestamp": listed["created_at"],
    }


@pytest.mark.parametrize("type", ["video_complete", "video_failed", "clarification_needed"])
def test_all_types_arrive(alice: Person, dana: Person, type: str) -> None:
    stream = open_stream(alice)
    dana.send(alice, type=type, title="T", metadata={"error_message": "no dice"})

    assert until(stream, type).json["payload"] == {"error_message": "no dice", "title": "T"}


def test_message_carries_the_recipients_own_id(alice: Person, bob: Person, dana: Person) -> None:
    streams = [open_stream(alice), open_stream(bob)]
    dana.send([alice.address, bob.address], **VIDEO)

    assert [until(stream, "video_complete").json["user_id"] for stream in streams] == [alice.id, bob.id]


def test_user_receives_own_messages_only(alice: Person, bob: Person, dana: Person) -> None:
    stream = open_stream(alice)
    dana.send(bob, title="for bob")
    dana.send(alice, title="for alice")

    assert stream.next().json["payload"]["title"] == "for alice"


def test_only_comments_between_messages(alice: Person) -> None:
    stream = open_stream(alice)
    eventually(lambda: stream.receive(0.1) and len(stream.comments) >= 2)

    assert len(stream.events) == 1


def test_markup_is_text(alice: Person, dana: Person) -> None:
    """Text is stored and sent unchanged; the client escapes it when it shows it."""
    stream = open_stream(alice)
    dana.send(alice, title="<img src=x onerror=alert(1)>\u2028data: x")

    assert stream.next().json["payload"]["title"] == "<img src=x onerror=alert(1)>\u2028data: x"
    assert len(stream.events) == 2


@pytest.mark.parametrize("path", [STREAM, STREAM + "/someone", HISTORY])
def test_missing_token_returns_401(site: Site, path: str) -> None:
    problem(site.api.get(path), 401, "token_missing")


@pytest.mark.parametrize("path", [STREAM, "/events"])
def test_fourth_stream_of_a_user_gets_an_empty_stream_with_a_retry_delay(alice: Person, path: str) -> None:
    streams = [open_stream(alice) for _ in range(3)]

    fourth = alice.stream(path)

    assert (fourth.status, fourth.headers["content-type"], fourth.headers["cache-control"]) == (200, "text/event-stream", "no-cache")
    fourth.read_for(0.3)
    assert (fourth.events, fourth.retry, fourth.ended_cleanly) == ([], 15_000, True)
    streams[0].close()
    eventually(lambda: bool(alice.stream(path).read_for(0.5)), within=5.0)


def test_own_id_in_the_path_is_accepted(alice: Person, dana: Person) -> None:
    stream = open_stream(alice, f"{STREAM}/{alice.id}")
    dana.send(alice, title="Hello")

    assert stream.next().json["user_id"] == alice.id


def test_only_admin_may_stream_another_user(alice: Person, bob: Person, dana: Person, admin: Person) -> None:
    for person in (bob, dana):
        problem(person.stream(f"{STREAM}/{alice.id}"), 403, "forbidden")
        problem(person.stream(f"{STREAM}/nobody"), 403, "forbidden")
    problem(admin.stream(f"{STREAM}/nobody"), 404, "not_found")

    stream = open_stream(admin, f"{STREAM}/{alice.id}")
    dana.send([alice.address, admin.address], title="Hello")
    assert stream.next().json["user_id"] == alice.id


def test_reconnecting_client_gets_missed_messages(alice: Person, dana: Person) -> None:
    stream = open_stream(alice)
    dana.send(alice, title="one")
    last = stream.next().id
    stream.close()
    for title in ("two", "three"):
        dana.send(alice, title=title)

    again = open_stream(alice, last_event_id=last)

    assert [again.next().json["payload"]["title"] for _ in range(2)] == ["two", "three"]


def test_client_that_cannot_be_replayed_gets_reset(alice: Person, dana: Person) -> None:
    stream = open_stream(alice)
    last = stream.last_event_id
    stream.close()
    for number in range(7):
        dana.send(alice, title=f"{number}")

    again = open_stream(alice, last_event_id=last)

    assert until(again, "reset").json | {"timestamp": ""} == {"type": "reset", "user_id": alice.id, "payload": {}, "timestamp": ""}
    dana.send(alice, title="and on it goes")
    assert again.next().json["payload"]["title"] == "and on it goes"


def test_history_is_paged(alice: Person, dana: Person) -> None:
    ids = [dana.send(alice, title=f"{number}")["id"] for number in range(5)]
    alice.patch(f"/api/v1/notifications/{ids[4]}", json={"status": "read"})

    first = alice.get(f"{HISTORY}?limit=2").json()

    assert first.keys() == {"items", "next", "unread_count"}
    assert first["unread_count"] == 4
    pages = [first]
    while pages[-1]["next"]:
        pages.append(alice.get(pages[-1]["next"]).json())
    assert [item["id"] for page in pages for item in page["items"]] == ids[::-1]
    assert [len(page["items"]) for page in pages] == [2, 2, 1]


def test_history_takes_the_filters_of_the_list(alice: Person, dana: Person) -> None:
    dana.send(alice, title="a", type="video_failed")
    dana.send(alice, title="b", type="video_complete")

    assert [item["title"] for item in alice.get(f"{HISTORY}?type=video_failed").json()["items"]] == ["a"]
    assert alice.get("/api/notifications/history").status_code == 404
    problem(alice.get(f"{HISTORY}?limit=0"), 422, field="limit")


def test_read_read_all_and_clear_are_persisted(alice: Person, dana: Person) -> None:
    ids = [dana.send(alice, title=title)["id"] for title in ("one", "two", "three")]

    alice.patch(f"/api/v1/notifications/{ids[0]}", json={"status": "read"})
    assert alice.sign_in_again().get(HISTORY).json()["unread_count"] == 2
    alice.post("/api/v1/notifications/read-all")
    assert alice.sign_in_again().get(HISTORY).json()["unread_count"] == 0
    alice.delete("/api/v1/notifications")
    assert alice.sign_in_again().get(HISTORY).json() == {"items": [], "next": None, "unread_count": 0}


def test_closed_stream_is_released(site: Site, alice: Person) -> None:
    stream = open_stream(alice)
    assert site.server.metric("sse_connections_total") == 1
    stream.close()

    eventually(lambda: site.server.metric("sse_connections_total") == 0, within=1.0)


@pytest.mark.parametrize("client", [undici, python_httpx_sse], ids=lambda client: client.__name__)
def test_other_clients_receive_messages(client: Any, site: Site, alice: Person, dana: Person) -> None:
    with client(site.url + STREAM, alice.token) as listener:
        assert listener.until("message").json["type"] == "connected"
        dana.send(alice, **VIDEO)
        assert listener.until("message").json["payload"]["content_id"] == "7"


def test_chromium_receives_messages_with_its_cookie(site: Site, alice: Person, dana: Person, page: Page) -> None:
    sign_in(page, site, alice.name)
    page.goto(f"{site.url}/healthz")
    listen(page, STREAM)

    assert '"connected"' in received(page, "message")[0]["data"]
    dana.send(alice, **VIDEO)
    assert '"video_complete"' in received(page, "message", 2)[1]["data"]
    page.evaluate("window.source.close()")
