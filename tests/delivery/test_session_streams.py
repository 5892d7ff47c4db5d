"""The stream of a session: where it stands at once, every step of it conflated, its end, and nobody who may not see it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from notifier.realtime.session_feed import APART_SECONDS
from notifier.services.accounts import groups
from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move
from tests.api_client import Person, problem
from tests.databases import Databases
from tests.people import People
from tests.sessions import begin, move, watch
from tests.sse import Event, Stream
from tests.waiting import eventually

FIELDS = {"session_id", "status", "progress", "message", "updated_at"}
SOON_SECONDS = 3.0


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """What is said on the wire is the same on both."""
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"LOOK_SECONDS": 0.2, "KEEPALIVE_SECONDS": 0.2}


def data(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event.data)
    return found


def at(progress: int) -> Any:
    return lambda event: data(event)["progress"] == progress


def test_connected_early_it_waits_and_says_where_things_stand(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)

    stream = watch(alice, id)

    first = stream.next()
    assert stream.headers["content-type"] == "text/event-stream"
    assert (first.name, set(data(first))) == ("progress", FIELDS)
    assert (data(first)["session_id"], data(first)["status"], data(first)["progress"]) == (id, "pending", 0)


def test_a_move_is_seen_at_once(dana: Person, alice: Person) -> None:
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


def test_complete_is_the_last_word(dana: Person, alice: Person) -> None:
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


def test_an_error_is_the_last_word(dana: Person, alice: Person) -> None:
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
def test_connected_after_the_end_there_is_the_end(dana: Person, alice: Person, end: str, name: str) -> None:
    id = begin(dana, alice)
    move(dana, id, end)

    stream = watch(alice, id)

    assert stream.wait_closed() and stream.ended_cleanly
    assert [event.name for event in stream.events] == [name]


def test_who_comes_back_with_the_last_id_is_sent_away_for_good(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, "processed")
    stream = watch(alice, id)
    stream.wait_closed()

    again = watch(alice, id, last_event_id=stream.last_event_id)

    assert again.status == 204


def test_who_comes_back_before_the_end_is_told_where_things_stand(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, progress=45)
    first = watch(alice, id)
    first.next()
    first.close()
    move(dana, id, progress=60)

    again = watch(alice, id, last_event_id=first.last_event_id)

    assert data(again.next())["progress"] == 60


@pytest.mark.parametrize("id_given", ["", "abc", "-1", "00000000-1", "5f0c2a91-99999999999999999999"])
def test_an_id_that_is_none_is_as_good_as_none(dana: Person, alice: Person, id_given: str) -> None:
    id = begin(dana, alice)
    move(dana, id, "processed")

    stream = watch(alice, id, last_event_id=id_given)

    assert stream.next().name == "complete"


def test_many_moves_are_told_four_times_a_second_and_the_last_one_always(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()
    began = time.monotonic()

    for progress in range(1, 60):
        move(dana, id, progress=progress)

    stream.until(at(59))
    assert len(stream.events) <= most_told_since(began)


def most_told_since(began: float) -> float:
    """How often a stream may be told of one session meanwhile: once at the start, and then with each interval that has begun."""
    return 2 + (time.monotonic() - began) / APART_SECONDS


def test_the_end_does_not_wait_for_its_turn(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()
    for progress in range(1, 20):
        move(dana, id, progress=progress)
    move(dana, id, "processed")

    assert stream.wait_closed(SOON_SECONDS)
    assert stream.events[-1].name == "complete"


def test_between_events_there_are_only_comments(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()

    assert stream.read_for(0.7) == []
    assert stream.comments


def test_a_client_that_only_knows_lines_gets_along(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()
    move(dana, id, progress=45)
    stream.next()
    move(dana, id, "processed")
    stream.wait_closed()

    lines = bytes(stream.raw).decode().splitlines()
    assert [json.loads(line[5:])["progress"] for line in lines if line.startswith("data:")] == [0, 45, 100]


def test_what_nobody_told_of_is_seen_by_the_look(people: People, dana: Person, alice: Person) -> None:
    """Another program moves it: it shares the database and no bus."""
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()

    with people.elsewhere():
        sessions.move(id, Move(status="processing", progress=45), Viewer(None, admin=True, sender="local"))

    assert data(stream.next())["progress"] == 45


def test_nobody_else_watches(dana: Person, alice: Person, bob: Person, carol: Person) -> None:
    id = begin(dana, alice, bob)

    problem(watch(carol, id), 403, "forbidden")
    assert watch(bob, id).next().name == "progress"


def test_who_no_longer_manages_the_group_sees_no_more(people: People, dana: Person, alice: Person, bob: Person, staff: str) -> None:
    """Alice manages the group that bob is in."""
    id = begin(dana, bob)
    manager, owner = watch(alice, id), watch(bob, id)
    manager.next(), owner.next()

    with people.elsewhere():
        groups.add(staff, alice.name, manager=False)

    assert manager.wait_closed(SOON_SECONDS)
    assert not owner.closed
    problem(watch(alice, id), 403, "forbidden")


def test_who_signs_out_sees_no_more(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    stream = watch(alice, id)
    stream.next()

    alice.post("/api/auth/logout")

    assert stream.wait_closed(SOON_SECONDS)


def test_they_take_no_room_from_the_streams_of_the_inbox(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    watching = [watch(alice, id) for _ in range(4)]

    reading = [alice.stream() for _ in range(3)]

    assert {stream.status for stream in watching + reading} == {200}
    problem(alice.stream(), 429, "too_many_streams")


def test_there_is_an_end_to_how_many_one_may_have(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    watching = [watch(alice, id) for _ in range(20)]

    assert {stream.status for stream in watching} == {200}
    problem(watch(alice, id), 429, "too_many_streams")
    watching[0].close()
    reopened(alice, id)


def reopened(person: Person, id: str) -> Stream:
    return eventually(lambda: stream if (stream := watch(person, id)).status == 200 else None)


def test_a_head_is_answered_and_ends(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)

    answer = alice.request("HEAD", f"/api/sessions/{id}/status/stream")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")
