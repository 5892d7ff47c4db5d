"""Session progress on the user's own stream, for owners and viewers: `progress` without an id."""

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
    """SQLite only: the bytes of a stream do not depend on the database."""
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"LOOK_SECONDS": 0.2}


def progress_of(stream: Stream, id: str, progress: int) -> Event:
    return stream.until(lambda event: event.name == "progress" and data(event)["session_id"] == id and at(progress)(event))


def test_progress_of_own_session_arrives_on_the_user_stream(dana: Person, alice: Person) -> None:
    stream = alice.connected()
    id = begin(dana, alice)

    move(dana, id, "uploading", 45, message="4 of 9 files")

    event = progress_of(stream, id, 45)
    assert data(event).keys() == FIELDS
    assert event.id is None


def test_progress_does_not_move_the_cursor(dana: Person, alice: Person) -> None:
    stream = alice.connected()
    id = begin(dana, alice)
    cursor = stream.until("notification").id

    move(dana, id, progress=45)
    progress_of(stream, id, 45)

    assert stream.last_event_id == cursor


def test_progress_is_sent_again_after_each_connect(dana: Person, alice: Person) -> None:
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


def test_progress_reaches_each_stream_of_the_user(dana: Person, alice: Person) -> None:
    streams = [alice.connected(), alice.connected()]
    id = begin(dana, alice)

    move(dana, id, progress=45)

    for stream in streams:
        progress_of(stream, id, 45)


def test_progress_reaches_viewers_and_no_other_users(people: People, dana: Person, alice: Person, bob: Person, carol: Person) -> None:
    watching, outside = bob.connected(), carol.connected()
    id = begin(dana, alice, bob)

    move(dana, id, progress=45)
    progress_of(watching, id, 45)
    move(dana, id, "processed")

    progress_of(watching, id, 100)
    dana.send(carol)
    outside.until("notification")
    assert "progress" not in [event.name for event in outside.events]


def test_session_end_arrives_as_progress_and_notification(dana: Person, alice: Person) -> None:
    stream = alice.connected()
    id = begin(dana, alice)
    progress_of(stream, id, 0)

    move(dana, id, "failed", error="disk full")

    eventually(lambda: stream.receive(0.1) and {"progress failed", "notification session_failed"} <= set(map(gist, stream.events)))


def gist(event: Event) -> str:
    """The event's name, followed by its notification type or its status."""
    told = data(event)
    return f"{event.name} {told.get('type') or told.get('status')}"


def test_progress_is_limited_to_four_a_second_and_keeps_the_last(dana: Person, alice: Person) -> None:
    stream = alice.connected()
    id = begin(dana, alice)
    progress_of(stream, id, 0)
    began = time.monotonic()

    for progress in range(1, 60):
        move(dana, id, progress=progress)

    progress_of(stream, id, 59)
    assert len([event for event in stream.events if event.name == "progress"]) <= most_told_since(began)


def test_progress_without_hint_is_found_by_polling(people: People, dana: Person, alice: Person, bob: Person) -> None:
    """Another process creates and updates the session: it shares the database, but no bus."""
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
