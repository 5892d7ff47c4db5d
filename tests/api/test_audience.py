"""To whom a message goes: `to` in words, or `user_id`."""

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


def test_a_user_by_name(dana: Person, alice: Person, carol: Person) -> None:
    assert recipients(dana, alice.address) == 1
    assert unread(alice, carol) == [1, 0]


def test_a_name_is_known_in_any_case_and_width(dana: Person, alice: Person) -> None:
    assert recipients(dana, f"user:\uff21{alice.name[1:].upper()}") == 1
    assert unread(alice) == [1]


def test_a_user_by_id(dana: Person, alice: Person, carol: Person) -> None:
    assert dana.post("/api/notifications", json={"user_id": alice.id, "title": "Hello"}).json()["recipients"] == 1
    assert unread(alice, carol) == [1, 0]


def test_a_group(dana: Person, staff: str, alice: Person, bob: Person, carol: Person) -> None:
    assert recipients(dana, f"group:{staff}") == 2
    assert unread(alice, bob, carol) == [1, 1, 0]


def test_an_empty_group_is_nobody(people: People, dana: Person) -> None:
    answer = dana.post("/api/notifications", json={"to": f"group:{people.group('empty')}", "title": "Hello"})

    assert answer.status_code == 201
    assert answer.json() == {"id": answer.json()["id"], "recipients": 0}


def test_a_role(dana: Person, admin: Person, alice: Person) -> None:
    recipients(dana, "role:admin")

    assert unread(admin, alice, dana) == [1, 0, 0]


def test_everybody(people: People, dana: Person, alice: Person, admin: Person) -> None:
    everybody = len(contents(people)["users"])

    assert recipients(dana, "all") == everybody
    assert unread(alice, admin, dana) == [1, 1, 1]


@pytest.mark.parametrize("other", ["all", "role:user", "group:{staff}", "user:{alice}", "user:{ALICE}"])
def test_who_is_meant_twice_gets_one(dana: Person, staff: str, alice: Person, other: str) -> None:
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
def test_a_word_that_means_nobody_is_refused_by_its_place(people: People, dana: Person, alice: Person, word: str) -> None:
    before = contents(people)

    answer = dana.post("/api/notifications", json={"to": [alice.address, "all", word], "title": "Hello"})

    problem(answer, 422, "invalid", "to[2]")
    assert contents(people) == before


def test_every_word_that_means_nobody_is_named(dana: Person) -> None:
    document = problem(dana.post("/api/notifications", json={"to": ["user:x", "all", "group:y"], "title": "Hello"}), 422)

    assert [error["field"] for error in document["errors"]] == ["to[0]", "to[2]"]


def test_one_word_that_means_nobody_is_called_to(dana: Person) -> None:
    problem(dana.post("/api/notifications", json={"to": "user:nobody", "title": "Hello"}), 422, "invalid", "to")


@pytest.mark.parametrize("user_id", ["nobody", "1", "", "00000000-0000-7000-8000-000000000000"])
def test_an_unknown_id_is_refused(dana: Person, user_id: str) -> None:
    problem(dana.post("/api/notifications", json={"user_id": user_id, "title": "Hello"}), 422, "invalid", "user_id")


@pytest.mark.parametrize("audience", [{}, {"to": "all", "user_id": "1"}, {"to": None}], ids=str)
def test_either_to_or_user_id_is_needed(dana: Person, audience: dict[str, object]) -> None:
    problem(dana.post("/api/notifications", json={"title": "Hello"} | audience), 422, "invalid", "to")


def test_an_audience_that_is_empty_is_refused(dana: Person) -> None:
    problem(dana.post("/api/notifications", json={"to": [], "title": "Hello"}), 422, "invalid", "to")
