"""A session has one notification in its owner's inbox, which changes only when the session begins and ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_client import Person
from tests.sessions import begin, move


def inbox(person: Person, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = person.get(f"/api/notifications{query}").json()
    return items


def unread(person: Person) -> tuple[int, int]:
    body = person.get("/api/notifications/unread-count").json()
    return body["unread_count"], body["seq"]


def test_session_start_creates_a_notification(dana: Person, alice: Person) -> None:
    id = begin(dana, alice, title="Transcode holiday.mp4")

    (item,) = inbox(alice)
    assert (item["type"], item["title"], item["status"], item["related_session_id"]) == ("session", "Transcode holiday.mp4", "unread", id)
    assert item["actions"] == [{"label": "Show progress", "url": f"/sessions/{id}"}]
    assert item["priority"] == "low"


def test_viewers_get_no_notification(dana: Person, alice: Person, bob: Person) -> None:
    begin(dana, alice, bob)

    assert inbox(bob) == []


def test_progress_does_not_touch_the_inbox(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    before, counts = inbox(alice), unread(alice)

    for progress in (10, 45, 90):
        move(dana, id, progress=progress)

    assert (inbox(alice), unread(alice)) == (before, counts)


def test_session_end_updates_the_notification_at_the_top(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    (begun,) = inbox(alice)
    dana.send(alice, title="in between")

    move(dana, id, "processed", message="12 pages of text")

    ended, between = inbox(alice)
    assert (ended["id"], between["title"]) == (begun["id"], "in between")
    assert (ended["type"], ended["message"], ended["status"], ended["related_session_id"]) == (
        "session_complete",
        "12 pages of text",
        "unread",
        id,
    )
    assert ended["priority"] == "normal"
    assert unread(alice) == (2, 3)


def test_failed_session_shows_its_error(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)

    move(dana, id, "failed", error="disk full")

    (ended,) = inbox(alice)
    assert (ended["type"], ended["message"], ended["priority"]) == ("session_failed", "disk full", "high")


@pytest.mark.parametrize("status", ["read", "archived"])
def test_archived_notification_returns_unread_at_the_end(dana: Person, alice: Person, status: str) -> None:
    id = begin(dana, alice)
    (begun,) = inbox(alice)
    alice.patch(f"/api/notifications/{begun['id']}", json={"status": status})
    assert unread(alice)[0] == 0

    move(dana, id, "processed")

    (ended,) = inbox(alice, "?status=all")
    assert (ended["id"], ended["type"], ended["status"]) == (begun["id"], "session_complete", "unread")
    assert unread(alice)[0] == 1


def test_deleted_notification_is_created_again_at_the_end(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    (begun,) = inbox(alice)
    alice.delete(f"/api/notifications/{begun['id']}")

    move(dana, id, "processed")

    (ended,) = inbox(alice)
    assert ended["id"] != begun["id"]
    assert ended["type"] == "session_complete"


def test_two_sessions_make_two_notifications(dana: Person, alice: Person) -> None:
    first, second = begin(dana, alice, title="first"), begin(dana, alice, title="second")

    move(dana, first, "processed")

    assert [(item["title"], item["type"]) for item in inbox(alice)] == [("first", "session_complete"), ("second", "session")]
    assert inbox(alice)[1]["related_session_id"] == second


@pytest.mark.parametrize(
    ("named", "end", "type"),
    [
        ("video_complete", "processed", "video_complete"),
        ("video_complete", "failed", "video_failed"),
        ("shipped", "processed", "shipped"),
        ("shipped", "failed", "session_failed"),
        ("_complete"[1:], "failed", "session_failed"),
    ],
)
def test_creator_chooses_the_final_type(dana: Person, alice: Person, named: str, end: str, type: str) -> None:
    id = begin(dana, alice, type=named)

    move(dana, id, end)

    assert inbox(alice)[0]["type"] == type


def test_creator_adds_actions(dana: Person, alice: Person) -> None:
    button = {"label": "Watch Now", "url": "/video/7"}
    early, late = begin(dana, alice, actions=[button]), begin(dana, alice)

    move(dana, early, "processed")
    move(dana, late, "processed", actions=[button], type="video_complete")

    assert [(item["type"], item["actions"]) for item in inbox(alice)] == [("video_complete", [button]), ("session_complete", [button])]


def test_failed_session_has_no_result_actions(dana: Person, alice: Person) -> None:
    id = begin(dana, alice, actions=[{"label": "Watch Now", "url": "/video/7"}])

    move(dana, id, "failed")

    assert inbox(alice)[0]["actions"] == [{"label": "Show progress", "url": f"/sessions/{id}"}]


def test_withdrawn_notification_is_created_again_at_the_end(dana: Person, alice: Person) -> None:
    id = begin(dana, alice)
    (begun,) = inbox(alice)
    assert dana.post(f"/api/notifications/{begun['id']}/withdraw").status_code == 200

    move(dana, id, "processed")

    (ended,) = inbox(alice)
    assert ended["id"] != begun["id"]
