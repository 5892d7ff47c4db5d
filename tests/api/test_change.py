"""Read one notification and change its status: only its recipient can."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.databases import one_database
from tests.people import People

STATUSES = ("unread", "read", "archived")


@pytest.fixture
def path(dana: Person, alice: Person) -> str:
    """The path of alice's only notification."""
    return f"/api/notifications/{dana.send(alice)['id']}"


def counts(person: Person) -> dict[str, Any]:
    answer: dict[str, Any] = person.get("/api/notifications/unread-count").json()
    return answer


def test_notification_comes_with_unread_count_and_seq(alice: Person, path: str) -> None:
    item = alice.get(path).json()

    assert item | counts(alice) == item
    assert alice.get("/api/notifications").json() == [{name: value for name, value in item.items() if name != "unread_count"}]


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_every_status_may_follow_every_other(alice: Person, path: str, before: str, after: str) -> None:
    alice.patch(path, json={"status": before})

    answer = alice.patch(path, json={"status": after})

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["unread_count"]) == (after, int(after == "unread"))
    assert answer.json() | counts(alice) == answer.json()


@pytest.mark.parametrize("status", STATUSES)
def test_change_bumps_seq_once_and_no_op_does_not(people: People, alice: Person, path: str, status: str) -> None:
    alice.patch(path, json={"status": status})
    before = contents(people)

    answer = alice.patch(path, json={"status": status})

    assert answer.status_code == 200
    assert answer.json()["seq"] == (1 if status == "unread" else 2)
    assert contents(people) == before


@pytest.mark.parametrize("status", STATUSES)
def test_deleted_notification_is_not_listed(alice: Person, path: str, status: str) -> None:
    alice.patch(path, json={"status": status})

    answer = alice.delete(path)

    assert (answer.status_code, answer.json()["status"], answer.json()["unread_count"]) == (200, "deleted", 0)
    assert alice.get("/api/notifications", params={"status": "all"}).json() == []


@pytest.mark.parametrize("call", ["get", "patch", "delete"])
def test_deleted_notification_returns_404(people: People, alice: Person, path: str, call: str) -> None:
    alice.delete(path)
    before = contents(people)

    problem(ask(alice, call, path), 404, "not_found")

    assert contents(people) == before


@pytest.mark.parametrize("call", ["get", "patch", "delete"])
@pytest.mark.security("S14")
def test_notification_of_another_user_returns_the_same_404_as_unknown(
    people: People, path: str, carol: Person, admin: Person, call: str
) -> None:
    before = contents(people)

    for outsider in (carol, admin):
        others = problem(ask(outsider, call, path), 404, "not_found")
        assert others == problem(ask(outsider, call, "/api/notifications/00000000-0000-7000-8000-000000000000"), 404, "not_found")
    assert contents(people) == before


@one_database
@pytest.mark.parametrize("id", ["1", "0", "-1", "%00", "%27%20OR%201=1--", "x" * 5000, "null", "..%2Funread-count"])
@pytest.mark.parametrize("call", ["get", "patch", "delete"])
def test_malformed_id_returns_404(alice: Person, path: str, call: str, id: str) -> None:
    problem(ask(alice, call, f"/api/notifications/{id}"), 404)


def test_each_recipient_has_a_separate_status(dana: Person, alice: Person, bob: Person) -> None:
    path = f"/api/notifications/{dana.send([alice.address, bob.address])['id']}"

    alice.delete(path)

    assert bob.get(path).json()["status"] == "unread"
    assert counts(bob) == {"unread_count": 1, "seq": 1}


@one_database
@pytest.mark.parametrize("field", ["role", "is_admin", "user_id", "seq", "created_at", "id", "read_at", "title", "unread_count"])
@pytest.mark.security("S17")
def test_only_status_can_be_changed(people: People, alice: Person, path: str, field: str) -> None:
    before = contents(people)

    problem(alice.patch(path, json={"status": "read", field: "1"}), 422, "invalid", field)

    assert contents(people) == before


def ask(person: Person, call: str, path: str) -> Any:
    return person.request(call.upper(), path, **({"json": {"status": "read"}} if call == "patch" else {}))
