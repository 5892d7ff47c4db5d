"""Recipients of a message: the terms of `to`, or `user_id`."""

from __future__ import annotations

import pytest

from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.people import People


def recipients(dana: Person, to: object) -> int:
    answer = dana.post("/api/notifications", json={"to": to, "title": "Hello"})
    assert answer.status_code == 201, answer.text
    count: int = answer.json()["recipients"]
    return count


def unread(*readers: Person) -> list[int]:
    return [reader.get("/api/notifications/unread-count").json()["unread_count"] for reader in readers]


def test_user_is_addressed_by_name(dana: Person, alice: Person, carol: Person) -> None:
    assert recipients(dana, alice.address) == 1
    assert unread(alice, carol) == [1, 0]


def test_names_match_in_any_case_and_width(dana: Person, alice: Person) -> None:
    assert recipients(dana, f"user:\uff21{alice.name[1:].upper()}") == 1
    assert unread(alice) == [1]


def test_user_is_addressed_by_id(dana: Person, alice: Person, carol: Person) -> None:
    assert dana.post("/api/notifications", json={"user_id": alice.id, "title": "Hello"}).json()["recipients"] == 1
    assert unread(alice, carol) == [1, 0]


def test_group_reaches_its_members(dana: Person, staff: str, alice: Person, bob: Person, carol: Person) -> None:
    assert recipients(dana, f"group:{staff}") == 2
    assert unread(alice, bob, carol) == [1, 1, 0]


def test_empty_group_reaches_zero_recipients(people: People, dana: Person) -> None:
    answer = dana.post("/api/notifications", json={"to": f"group:{people.group('empty')}", "title": "Hello"})

    assert answer.status_code == 201
    assert answer.json() == {"id": answer.json()["id"], "recipients": 0}


def test_role_reaches_its_users(dana: Person, admin: Person, alice: Person) -> None:
    recipients(dana, "role:admin")

    assert unread(admin, alice, dana) == [1, 0, 0]


def test_all_reaches_every_user(people: People, dana: Person, alice: Person, admin: Person) -> None:
    count = len(contents(people)["users"])

    assert recipients(dana, "all") == count
    assert unread(alice, admin, dana) == [1, 1, 1]


@pytest.mark.parametrize("other", ["all", "role:user", "group:{staff}", "user:{alice}", "user:{ALICE}"])
def test_user_named_twice_gets_one_notification(dana: Person, staff: str, alice: Person, other: str) -> None:
    recipients(dana, [alice.address, other.format(staff=staff, alice=alice.name, ALICE=alice.name.upper())])

    assert unread(alice) == [1]


@pytest.mark.parametrize(
    "word",
    [
        "user:nobody",
        "group:nobody",
        "role:nobody",
        "role:",
        "user:",
        "nobody",
        "",
        ":",
        "All",
        "USER:all",
        "user: all",
        "session:1",
        "user",
    ],
)
def test_unknown_term_is_refused_by_its_index(people: People, dana: Person, alice: Person, word: str) -> None:
    before = contents(people)

    answer = dana.post("/api/notifications", json={"to": [alice.address, "all", word], "title": "Hello"})

    problem(answer, 422, "invalid", "to[2]")
    assert contents(people) == before


def test_every_unknown_term_is_named(dana: Person) -> None:
    document = problem(dana.post("/api/notifications", json={"to": ["user:x", "all", "group:y"], "title": "Hello"}), 422)

    assert [error["field"] for error in document["errors"]] == ["to[0]", "to[2]"]


def test_single_unknown_term_is_named_to(dana: Person) -> None:
    problem(dana.post("/api/notifications", json={"to": "user:nobody", "title": "Hello"}), 422, "invalid", "to")


@pytest.mark.parametrize("user_id", ["nobody", "1", "", "00000000-0000-7000-8000-000000000000"])
def test_unknown_user_id_is_refused(dana: Person, user_id: str) -> None:
    problem(dana.post("/api/notifications", json={"user_id": user_id, "title": "Hello"}), 422, "invalid", "user_id")


@pytest.mark.parametrize("audience", [{}, {"to": "all", "user_id": "1"}, {"to": None}], ids=str)
def test_exactly_one_of_to_and_user_id_is_required(dana: Person, audience: dict[str, object]) -> None:
    problem(dana.post("/api/notifications", json={"title": "Hello"} | audience), 422, "invalid", "to")


def test_empty_audience_is_refused(dana: Person) -> None:
    problem(dana.post("/api/notifications", json={"to": [], "title": "Hello"}), 422, "invalid", "to")
