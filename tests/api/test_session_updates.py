"""Update progress sessions: responses, errors, and that a refused request changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.databases import one_database
from tests.people import People
from tests.sessions import SESSIONS, begin, move, try_to_move


def test_update_returns_the_state(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)

    state = move(dana, id, "uploading", 45, message="4 of 9 files")

    assert state.keys() == {"session_id", "status", "progress", "message", "updated_at", "error"}
    assert (state["session_id"], state["status"], state["progress"], state["message"]) == (id, "uploading", 45, "4 of 9 files")
    assert alice.get(f"{SESSIONS}/{id}/status").json() == state


def test_omitted_fields_stay_unchanged(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, "uploading", 45, message="4 of 9 files")

    state = move(dana, id, "checking")

    assert (state["status"], state["progress"], state["message"]) == ("checking", 45, "4 of 9 files")


def test_failed_session_keeps_its_progress(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    move(dana, id, progress=45)

    state = move(dana, id, "failed", 0, error="disk full")

    assert (state["status"], state["progress"], state["error"]) == ("failed", 45, "disk full")


@pytest.mark.parametrize("end", ["processed", "failed"])
@pytest.mark.parametrize("after", ["processing", "processed", "failed"])
def test_ended_session_cannot_be_updated(people: People, dana: Person, alice: Person, end: str, after: str) -> None:
    id = begin(dana, alice)
    move(dana, id, end)
    before = contents(people)

    problem(try_to_move(dana, id, after, 50), 409, "session_over")

    assert contents(people) == before


@one_database
@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, "status"),
        ({"status": "processing", "progress": -1}, "progress"),
        ({"status": "processing", "progress": 101}, "progress"),
        ({"status": "processing", "progress": "45"}, "progress"),
        ({"status": "processing", "progress": 4.5}, "progress"),
        ({"status": "processing", "progress": True}, "progress"),
        ({"status": ""}, "status"),
        ({"status": "Processing"}, "status"),
        ({"status": "x" * 41}, "status"),
        ({"status": "almost done"}, "status"),
        ({"status": "processing\n"}, "status"),
        ({"status": "processing", "message": "a\x00b"}, "message"),
        ({"status": "processing", "message": "x" * 4001}, "message"),
        ({"status": "processing", "error": "boom"}, "error"),
        ({"status": "processing", "type": "video_complete"}, "type"),
        ({"status": "processing", "actions": []}, "actions"),
        ({"status": "processing", "owner": "bob"}, "owner"),
    ],
)
def test_invalid_update_is_refused_by_name(people: People, dana: Person, alice: Person, body: dict[str, Any], wrong: str) -> None:
    id = begin(dana, alice)
    before = contents(people)

    problem(dana.post(f"{SESSIONS}/{id}/status", json=body), 422, field=wrong)

    assert contents(people) == before
