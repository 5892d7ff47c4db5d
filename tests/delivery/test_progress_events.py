"""Sessions on the user's own stream: `progress` without id, beside the notifications, for whoever owns or views them."""

from __future__ import annotations

import time

import pytest

from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move, NewSession
from tests.api_client import Person
from tests.databases import Databases
from tests.delivery.test_session_streams import FIELDS, at, data, most_told_since
from tests.people import People
from tests.sessions import begin, move
from tests.sse import Event, Stream
from tests.waiting import eventually

LOCAL = Viewer(None, admin=False, sender="local")


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """What is said on the wire is the same on both."""
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"LOOK_SECONDS": 0.2}


def progress_of(stream: Stream, id: str, progress: int) -> Event:
    return stream.until(lambda event: event.name == "progress" and data(event)["session_id"] == id and at(progress)(event))


def test_a_session_of_mine_moves_on_my_stream(dana: Person, alice: Person) -> None:
    stream = alice.connected()
    id = begin(dana, alice)

    move(dana, id, "uploading", 45, message="4 of 9 files")

    event = progress_of(stream, id, 45)
    assert data(event).keys() == FIELDS
    assert event.id is None


def test_it_does_not_move_the_cursor(dana: Person, alice: Person) -> None:
    stream = alice.connected()
    id = begin(dana, alice)
    cursor = stream.until("notification").id

    move(dana, id, progress=45)
    progress_of(stream, id, 45)

    assert stream.last_event_id == cursor


def test_after_each_connect_it_is_told_again(dana: Person, alice: Person) -> None:
    ids = [begin(dana, alice), begin(dana, alice)]
    for id in ids:
        move(dana, id, progress=45)
    over = begin(dana, alice)
    move(dana, over, "processed")

    for _ in range(2):
        stream = alice.connected()
        told = {data(stream.until("progress"))["session_id"] for _ in ids}
        assert told == set(ids)
        stream.close()


def test_each_of_my_streams_is_told(dana: Person, alice: Person) -> None:
    streams = [alice.connected(), alice.connected()]
    id = begin(dana, alice)

    move(dana, id, progress=45)

    for stream in streams:
        progress_of(stream, id, 45)


def test_its_viewers_are_told_and_nobody_else(people: People, dana: Person, alice: Person, bob: Person, carol: Person) -> None:
    watching, outside = bob.connected(), carol.connected()
    id = begin(dana, alice, bob)

    move(dana, id, progress=45)
    progress_of(watching, id, 45)
    move(dana, id, "processed")

    progress_of(watching, id, 100)
    dana.send(carol)
    outside.until("notification")
    assert "progress" not in [event.name for event in outside.events]


def test_its_end_is_told_and_comes_as_a_notification(dana: Person, alice: Person) -> None:
    stream = alice.connected()
    id = begin(dana, alice)
    progress_of(stream, id, 0)

    move(dana, id, "failed", error="disk full")

    eventually(lambda: stream.receive(0.1) and {"progress failed", "notification session_failed"} <= set(map(gist, stream.events)))


def gist(event: Event) -> str:
    """Its name, with the status or the type of what it tells of."""
    told = data(event)
    return f"{event.name} {told.get('type') or told.get('status')}"


def test_many_moves_are_told_four_times_a_second_and_the_last_one_always(dana: Person, alice: Person) -> None:
    stream = alice.connected()
    id = begin(dana, alice)
    progress_of(stream, id, 0)
    began = time.monotonic()

    for progress in range(1, 60):
        move(dana, id, progress=progress)

    progress_of(stream, id, 59)
    assert len([event for event in stream.events if event.name == "progress"]) <= most_told_since(began)


def test_what_nobody_told_of_is_found_by_the_look(people: People, dana: Person, alice: Person, bob: Person) -> None:
    """Another program makes and moves it: it shares the database and no bus."""
    streams = [alice.connected(), bob.connected()]
    with people.elsewhere():
        id = sessions.create(NewSession(title="Nightly", owner=alice.name, viewers=[bob.name]), creator="local")
        sessions.move(id, Move(status="processing", progress=45), LOCAL)

    for stream in streams:
        progress_of(stream, id, 45)
    with people.elsewhere():
        sessions.move(id, Move(status="processing", progress=46), LOCAL)
    for stream in streams:
        progress_of(stream, id, 46)
