"""Preferences, mutes, pause and snooze by the API: what they do on arrival, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from notifier import database
from notifier.models import Category, Notification
from notifier.services.inbox import snooze
from notifier.services.preferences import category_admin
from tests.api_client import Person
from tests.people import People

PATH = "/api/preferences"
EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
NIGHT = {"from": "22:00", "to": "07:00", "days": EVERY_DAY}
DEFAULT = {"in_app": "on", "email": "unread", "push": "on"}


def at(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture(autouse=True)
def _categories(people: People) -> Iterator[None]:
    with people.elsewhere():
        category_admin.create(category_admin.draft({"slug": "videos", "label": "Videos", "types": ("video_complete", "video.*")}))
        category_admin.create(category_admin.draft({"slug": "security", "label": "Security", "types": ("security.*",), "locked": True}))
        yield
        with database.write() as transaction:
            transaction.execute(update(Category).where(Category.slug.in_(["videos", "security"])).values(retired_at=datetime.now(UTC)))


def items(person: Person, **query: str) -> list[tuple[str, bool, str | None]]:
    return [(item["status"], item["quiet"], item["arrival"]) for item in person.get("/api/notifications", params=query).json()]


def unread(person: Person) -> int:
    return int(person.get("/api/notifications/unread-count").json()["unread_count"])


def test_preferences_of_a_new_user_are_the_defaults(alice: Person) -> None:
    found = alice.get(PATH).json()
    assert found == {
        "categories": found["categories"],
        "quiet_hours": None,
        "time_zone": "UTC",
        "paused_until": None,
        "digest_time": "08:00",
        "digest_day": 0,
    }
    assert found["categories"]["videos"] == {"label": "Videos", "locked": False, **DEFAULT, "default": DEFAULT}
    assert (found["categories"]["security"]["locked"], "other" in found["categories"]) == (True, True)


def test_off_archives_on_arrival_and_null_is_the_default_again(alice: Person, dana: Person) -> None:
    answer = alice.patch(PATH, json={"categories": {"videos": {"in_app": "off"}}})
    assert (answer.status_code, answer.json()["categories"]["videos"]["in_app"]) == (200, "off")
    dana.send(alice, type="video_complete")
    assert (items(alice), items(alice, status="archived"), unread(alice)) == ([], [("archived", False, "choice_off")], 0)

    alice.patch(PATH, json={"categories": {"videos": {"in_app": None}}})
    dana.send(alice, type="video_complete")
    assert (items(alice), unread(alice)) == ([("unread", False, None)], 1)


def test_quiet_is_listed_and_counted(alice: Person, dana: Person) -> None:
    alice.patch(PATH, json={"categories": {"videos": {"in_app": "quiet"}}})
    dana.send(alice, type="video.ready", priority="urgent")
    assert (items(alice), unread(alice)) == ([("unread", True, None)], 1)


def test_only_the_given_parts_change(alice: Person) -> None:
    alice.patch(PATH, json={"quiet_hours": NIGHT, "time_zone": "Europe/Berlin", "digest_time": "09:30", "digest_day": 4})
    changed = alice.patch(PATH, json={"categories": {"videos": {"push": "off"}}}).json()
    assert (changed["quiet_hours"], changed["time_zone"]) == (NIGHT, "Europe/Berlin")
    assert (changed["digest_time"], changed["digest_day"]) == ("09:30", 4)
    assert changed["categories"]["videos"] == {"label": "Videos", "locked": False, **DEFAULT, "push": "off", "default": DEFAULT}
    assert alice.patch(PATH, json={"quiet_hours": None}).json()["quiet_hours"] is None
    assert alice.patch(PATH, json={"time_zone": None}).json()["time_zone"] == "UTC"
    assert alice.patch(PATH, json={"quiet_hours": {"from": "12:00", "to": "13:00"}}).json()["quiet_hours"]["days"] == EVERY_DAY


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"categories": {"nothing": {"in_app": "off"}}}, "categories.nothing"),
    ({"categories": {"videos": {"in_app": "loud"}}}, "categories.videos.in_app"),
    ({"categories": {"videos": {"fax": "on"}}}, "categories.videos.fax"),
    ({"categories": {"security": {"in_app": "off"}}}, "categories.security.in_app"),
    ({"quiet_hours": {"from": "24:00", "to": "07:00"}}, "quiet_hours.from"),
    ({"quiet_hours": {"from": "22:00", "to": "7:00"}}, "quiet_hours.to"),
    ({"quiet_hours": {"from": "07:00", "to": "07:00"}}, "quiet_hours"),
    ({"quiet_hours": {"from": "22:00", "to": "07:00", "days": [7]}}, "quiet_hours.days[0]"),
    ({"quiet_hours": {"from": "22:00", "to": "07:00", "days": []}}, "quiet_hours.days"),
    ({"time_zone": "Europe/Atlantis"}, "time_zone"),
    ({"paused_until": "2020-01-01T00:00:00Z"}, "paused_until"),
    ({"digest_time": "25:00"}, "digest_time"),
    ({"digest_day": 7}, "digest_day"),
    ({"email": "off"}, "email"),
]


def test_wrong_preferences_are_refused_by_field_and_change_nothing(alice: Person) -> None:
    before = alice.get(PATH).json()
    for wrong, field in REFUSED:
        answer = alice.patch(PATH, json={"categories": {"videos": {"push": "off"}}} | wrong)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), wrong
    assert alice.get(PATH).json() == before


def test_quiet_hours_silence_all_but_urgent_ones(alice: Person, dana: Person) -> None:
    hour = datetime.now(UTC).hour
    around = {"from": f"{(hour - 1) % 24:02}:00", "to": f"{(hour + 2) % 24:02}:00"}
    alice.patch(PATH, json={"quiet_hours": around, "time_zone": "UTC"})
    dana.send(alice)
    dana.send(alice, type="security.code")
    dana.send(alice, priority="urgent")
    assert items(alice) == [("unread", False, None), ("unread", True, "quiet_hours"), ("unread", True, "quiet_hours")]
    alice.patch(PATH, json={"time_zone": "Pacific/Kiritimati"})
    dana.send(alice)
    assert items(alice)[0] == ("unread", False, None), "another zone moves the current window at once"


def test_pause_and_resume(alice: Person, dana: Person) -> None:
    until = at(hours=1)
    assert alice.post("/api/pause", json={"until": until}).json() == {"paused_until": until}
    assert alice.get(PATH).json()["paused_until"] == until
    dana.send(alice)
    assert alice.delete("/api/pause").json() == {"paused_until": None}
    dana.send(alice)
    assert items(alice) == [("unread", False, None), ("unread", True, "paused")]


def test_mute_a_thread_and_unmute(alice: Person, dana: Person) -> None:
    muted = alice.post("/api/mutes", json={"kind": "thread", "value": "t-1"})
    assert muted.status_code == 201
    assert alice.get("/api/mutes").json() == [muted.json()] == [{"id": muted.json()["id"], "kind": "thread", "value": "t-1", "until": None}]
    for fields in ({"thread": "t-1"}, {"related_session_id": "t-1"}, {"thread": "t-1", "priority": "urgent"}, {"thread": "t-2"}):
        dana.send(alice, **fields)
    assert items(alice, status="archived") == [("archived", False, "muted_thread")] * 2
    assert items(alice) == [("unread", False, None)] * 2
    assert alice.delete(f"/api/mutes/{muted.json()['id']}").status_code == 200
    dana.send(alice, thread="t-1")
    assert items(alice)[0] == ("unread", False, None)


def test_mute_a_sender_by_name_and_a_type(alice: Person, bob: Person, dana: Person) -> None:
    alice.post("/api/mutes", json={"kind": "sender", "value": dana.name.upper(), "until": at(hours=1)})
    bob.post("/api/mutes", json={"kind": "type", "value": "info"})
    dana.send([alice.address, bob.address])
    dana.send([alice.address, bob.address], type="security.code")
    assert [items(alice, status="all"), items(bob, status="all")] == [
        [("unread", False, None), ("archived", False, "muted_sender")],
        [("unread", False, None), ("archived", False, "muted_type")],
    ]


def test_second_mute_of_the_same_replaces_the_first(alice: Person) -> None:
    for until in (None, at(hours=1)):
        alice.post("/api/mutes", json={"kind": "type", "value": "info", "until": until})
    (mute,) = alice.get("/api/mutes").json()
    assert mute["until"] == until


def test_wrong_mutes_and_pauses_are_refused_by_field(alice: Person, bob: Person) -> None:
    past, far = "2020-01-01T00:00:00Z", at(days=400)
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("mutes", {"kind": "word", "value": "x"}, "kind"),
        ("mutes", {"kind": "type", "value": ""}, "value"),
        ("mutes", {"kind": "type"}, "value"),
        ("mutes", {"kind": "type", "value": "info", "until": past}, "until"),
        ("mutes", {"kind": "type", "value": "info", "until": far}, "until"),
        ("pause", {}, "until"),
        ("pause", {"until": past}, "until"),
        ("pause", {"until": far}, "until"),
        ("pause", {"until": None}, "until"),
    ]
    for path, wrong, field in refused:
        answer = alice.post(f"/api/{path}", json=wrong)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), wrong
    of_bob = bob.post("/api/mutes", json={"kind": "type", "value": "info"}).json()["id"]
    assert alice.delete(f"/api/mutes/{of_bob}").status_code == 404
    assert alice.get("/api/mutes").json() == [] and alice.get(PATH).json()["paused_until"] is None


def test_snooze_takes_out_of_list_and_count_until_its_time(people: People, alice: Person, dana: Person) -> None:
    first, second = (dana.send(alice, title=title)["id"] for title in ("first", "second"))
    answer = alice.patch(f"/api/notifications/{first}", json={"status": "snoozed", "until": at(hours=1)}).json()
    assert (answer["status"], answer["unread_count"], len(items(alice))) == ("snoozed", 1, 1)
    assert [item["id"] for item in alice.get("/api/notifications?status=snoozed").json()] == [first]
    with people.elsewhere():
        with database.write() as transaction:
            transaction.execute(update(Notification).where(Notification.status == "snoozed").values(snoozed_until=datetime.now(UTC)))
        assert snooze.wake_step() and not snooze.wake_step()
    listed = alice.get("/api/notifications").json()
    assert [(item["id"], item["status"]) for item in listed] == [(first, "unread"), (second, "unread")]
    assert unread(alice) == 2


def test_snooze_is_undone_and_ended_by_any_other_status(alice: Person, dana: Person) -> None:
    id_ = dana.send(alice)["id"]
    path = f"/api/notifications/{id_}"
    seq = alice.patch(path, json={"status": "snoozed", "until": at(hours=1)}).json()["seq"]
    assert alice.post("/api/notifications/undo", json={"seq": seq}).json()["changed"] == 1
    assert items(alice) == [("unread", False, None)]
    for until in (at(hours=1), at(hours=2)):
        assert alice.patch(path, json={"status": "snoozed", "until": until}).json()["status"] == "snoozed"
    assert alice.patch(path, json={"status": "read"}).json()["status"] == "read"
    assert unread(alice) == 0


def test_wrong_snoozes_are_refused(alice: Person, bob: Person, dana: Person) -> None:
    path = f"/api/notifications/{dana.send(alice)['id']}"
    for body in (
        {"status": "snoozed"},
        {"status": "snoozed", "until": "2020-01-01T00:00:00Z"},
        {"status": "snoozed", "until": at(days=400)},
        {"status": "read", "until": at(hours=1)},
        {"status": "snoozed", "until": "tomorrow"},
    ):
        answer = alice.patch(path, json=body)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["until"]), body
    assert bob.patch(path, json={"status": "snoozed", "until": at(hours=1)}).status_code == 404
    assert unread(alice) == 1
