"""The stream of one session: current state, conflated progress, and its end."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from notifier.realtime.session_feed import MIN_INTERVAL_SECONDS
from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move
from tests.api_client import Person
from tests.databases import Databases
from tests.people import People
from tests.sessions import begin, move, watch
from tests.sse import Event

FIELDS = {"session_id", "status", "progress", "message", "updated_at"}
SOON_SECONDS = 3.0


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: the bytes of a stream do not depend on the database."""
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"LOOK_SECONDS": 0.2, "KEEPALIVE_SECONDS": 0.2}


def data(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event.data)
    return found


def at(progress: int) -> Any:
    return lambda event: data(event)["progress"] == progress


def test_early_connection_waits_and_gets_the_state(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)

    stream = watch(alice, id)

    first = stream.next()
    assert stream.headers["content-type"] == "text/event-stream"
    assert (first.name, set(data(first))) == ("progress", FIELDS)
    assert (data(first)["session_id"], data(first)["status"], data(first)["progress"]) == (id, "pending", 0)


def test_update_arrives_at_once(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()

    move(dana, id, "uploading", 45, message="4 of 9 files")

    event = stream.next()
    assert (event.name, data(event)["status"], data(event)["progress"], data(event)["message"]) == (
        "progress",
        "uploading",
        45,
        "4 of 9 files",
    )


def test_complete_ends_the_stream(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()

    move(dana, id, progress=45)
    move(dana, id, "processed")

    last = stream.until("complete")
    assert data(last).keys() == FIELDS
    assert (data(last)["status"], data(last)["progress"], data(last)["message"]) == ("processed", 100, "Session processing complete")
    assert stream.wait_closed() and stream.ended_cleanly
    assert stream.events[-1] == last


def test_error_ends_the_stream(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()

    move(dana, id, progress=45)
    move(dana, id, "failed", error="disk full")

    last = stream.until("error")
    assert data(last).keys() == FIELDS | {"error"}
    assert (data(last)["status"], data(last)["progress"], data(last)["error"]) == ("failed", 45, "disk full")
    assert stream.wait_closed() and stream.ended_cleanly


@pytest.mark.parametrize(("end", "name"), [("processed", "complete"), ("failed", "error")])
def test_late_connection_gets_the_terminal_event(dana: Person, alice: Person, end: str, name: str) -> None:
    id = begin(dana, alice)
    move(dana, id, end)

    stream = watch(alice, id)

    assert stream.wait_closed() and stream.ended_cleanly
    assert [event.name for event in stream.events] == [name]


def test_terminal_id_gets_204(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, "processed")
    stream = watch(alice, id)
    stream.wait_closed()

    again = watch(alice, id, last_event_id=stream.last_event_id)

    assert again.status == 204


@pytest.mark.parametrize("name", ["last_event_id", "lastEventId", "Last-Event-ID", "lastEventID"])
def test_terminal_id_in_the_query_gets_204(dana: Person, alice: Person, name: str) -> None:
    id = begin(dana, alice)
    move(dana, id, "processed")
    stream = watch(alice, id)
    stream.wait_closed()

    assert alice.stream(f"/api/sessions/{id}/status/stream?{name}={stream.last_event_id}").status == 204


def test_reconnect_before_the_end_gets_the_state(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, progress=45)
    first = watch(alice, id)
    first.next()
    first.close()
    move(dana, id, progress=60)

    again = watch(alice, id, last_event_id=first.last_event_id)

    assert data(again.next())["progress"] == 60


@pytest.mark.parametrize("id_given", ["", "abc", "-1", "00000000-1", "5f0c2a91-99999999999999999999"])
def test_invalid_last_event_id_is_ignored(dana: Person, alice: Person, id_given: str) -> None:
    id = begin(dana, alice)
    move(dana, id, "processed")

    stream = watch(alice, id, last_event_id=id_given)

    assert stream.next().name == "complete"


def test_updates_are_limited_to_four_a_second_and_keep_the_last(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()
    began = time.monotonic()

    for progress in range(1, 60):
        move(dana, id, progress=progress)

    stream.until(at(59))
    assert len(stream.events) <= most_told_since(began)


def most_told_since(began: float) -> float:
    """Upper bound of events for one session: one at the start and one per interval begun."""
    return 2 + (time.monotonic() - began) / MIN_INTERVAL_SECONDS


def test_terminal_event_is_not_delayed(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()
    for progress in range(1, 20):
        move(dana, id, progress=progress)
    move(dana, id, "processed")

    assert stream.wait_closed(SOON_SECONDS)
    assert stream.events[-1].name == "complete"


def test_only_comments_between_events(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()

    assert stream.read_for(0.7) == []
    assert stream.comments


def test_line_based_client_can_read_it(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()
    move(dana, id, progress=45)
    stream.next()
    move(dana, id, "processed")
    stream.wait_closed()

    lines = bytes(stream.raw).decode().splitlines()
    assert [json.loads(line[5:])["progress"] for line in lines if line.startswith("data:")] == [0, 45, 100]


def test_update_without_hint_is_found_by_polling(people: People, dana: Person, alice: Person) -> None:
    """Another process updates the session: it shares the database, but no bus."""
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()

    with people.elsewhere():
        sessions.move(id, Move(status="processing", progress=45), Viewer(None, admin=True, sender="local"))

    assert data(stream.next())["progress"] == 45


def test_head_returns_headers_and_ends(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)

    answer = alice.request("HEAD", f"/api/sessions/{id}/status/stream")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")
