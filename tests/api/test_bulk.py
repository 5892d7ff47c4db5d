"""Read all and clear: they change exactly the notifications that the same filter lists, in one transaction."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.contents import contents
from tests.api_client import Person, problem
from tests.databases import one_database
from tests.people import People

FILTERS: list[dict[str, Any]] = [
    {},
    {"status": "unread"},
    {"status": "read"},
    {"status": "archived"},
    {"status": "all"},
    {"type": "b"},
    {"q": "%"},
    {"q": "two", "type": "a"},
    {"status": "all", "type": "b"},
    {"q": "nothing"},
]
CALLS = {"read-all": ("POST", "/api/notifications/read-all"), "clear": ("DELETE", "/api/notifications")}


@pytest.fixture
def full(dana: Person, alice: Person) -> Person:
    """Alice with notifications of every status and two types."""
    for type_ in ("a", "b"):
        for title, status in (("one", "unread"), ("two", "unread"), ("three%", "read"), ("four", "archived")):
            id = dana.send(alice, title=title, type=type_)["id"]
            if status != "unread":
                alice.patch(f"/api/notifications/{id}", json={"status": status})
    return alice


def shown(person: Person, **filter: Any) -> dict[str, str]:
    """Return the status by id of the notifications that the filter lists."""
    answer = person.get("/api/notifications", params={"limit": 100} | filter)
    return {item["id"]: item["status"] for item in answer.json()}


def act(person: Person, call: str, **filter: Any) -> httpx.Response:
    method, path = CALLS[call]
    return person.request(method, path, params=filter)


@pytest.mark.parametrize("filter", FILTERS, ids=str)
def test_read_all_marks_the_unread_ones_that_the_filter_shows(full: Person, filter: dict[str, Any]) -> None:
    before, chosen = shown(full, status="all"), shown(full, **filter)

    answer = act(full, "read-all", **filter).json()

    expected = {id: "read" if id in chosen and status == "unread" else status for id, status in before.items()}
    assert shown(full, status="all") == expected
    assert answer["changed"] == sum(before[id] != expected[id] for id in before)


@pytest.mark.parametrize("filter", FILTERS, ids=str)
def test_clear_deletes_what_the_filter_shows(full: Person, filter: dict[str, Any]) -> None:
    before, chosen = shown(full, status="all"), shown(full, **filter)

    answer = act(full, "clear", **filter).json()

    assert shown(full, status="all").keys() == before.keys() - chosen.keys()
    assert answer["changed"] == len(chosen)


@pytest.mark.parametrize("call", CALLS)
def test_bulk_change_uses_one_seq(full: Person, call: str) -> None:
    before = full.get("/api/notifications/unread-count").json()["seq"]

    answer = act(full, call)

    assert answer.json()["seq"] == before + 1
    assert answer.json() | full.get("/api/notifications/unread-count").json() == answer.json()


@pytest.mark.parametrize("call", CALLS)
def test_no_op_does_not_bump_seq(people: People, full: Person, call: str) -> None:
    act(full, call)
    before = contents(people)

    answer = act(full, call)

    assert answer.json() == {"changed": 0} | full.get("/api/notifications/unread-count").json()
    assert contents(people) == before


@pytest.mark.parametrize("call", CALLS)
def test_other_inboxes_stay_unchanged(full: Person, dana: Person, bob: Person, call: str) -> None:
    dana.send(bob)

    act(full, call, status="all")

    assert list(shown(bob).values()) == ["unread"]


@one_database
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("name", "value"), [("status", "deleted"), ("type", "\0"), ("q", "x" * 201)], ids=lambda value: ascii(value)[:12])
def test_invalid_filter_changes_nothing(people: People, full: Person, call: str, name: str, value: str) -> None:
    before = contents(people)

    problem(act(full, call, **{name: value}), 422, "invalid", name)

    assert contents(people) == before


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("body", "headers", "field"),
    [
        ('{"type": "b"}', {"Content-Type": "application/json"}, "type"),
        ('{"type": "b"}', {"Content-Type": "application/x-www-form-urlencoded"}, "type"),
        ("type=b", {"Content-Type": "application/x-www-form-urlencoded"}, "type"),
        ('["b"]', {}, "body"),
    ],
)
@one_database
def test_filter_in_the_body_is_refused(full: Person, call: str, body: str, headers: dict[str, str], field: str) -> None:
    method, path = CALLS[call]
    before = shown(full, status="all")

    refusal = problem(full.request(method, path, content=body, headers=headers), 422, "invalid")

    assert [error["field"] for error in refusal["errors"]] == [field]
    assert shown(full, status="all") == before


@pytest.mark.parametrize("call", CALLS)
@one_database
def test_body_that_is_no_json_is_refused(full: Person, call: str) -> None:
    method, path = CALLS[call]

    problem(full.request(method, path, content="type: b", headers={"Content-Type": "text/plain"}), 400, "malformed")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
@one_database
def test_body_without_fields_is_none(full: Person, call: str, body: bytes) -> None:
    method, path = CALLS[call]

    assert full.request(method, path, content=body).json()["changed"] > 0
