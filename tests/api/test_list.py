"""GET /api/notifications: the user's own notifications, newest first, with filters."""

from __future__ import annotations

import pytest

from tests.api_client import Api, Person, problem
from tests.databases import one_database

ITEM = {
    "id",
    "seq",
    "status",
    "type",
    "priority",
    "title",
    "message",
    "metadata",
    "actions",
    "image_url",
    "related_session_id",
    "collapse_key",
    "thread",
    "quiet",
    "arrival",
    "answer",
    "created_at",
    "timestamp",
    "expires_at",
}
BY_STATUS = {
    "": ["read", "unread"],
    "unread": ["unread"],
    "read": ["read"],
    "archived": ["archived"],
    "all": ["archived", "read", "unread"],
}


def titles(person: Person, **params: object) -> list[str]:
    answer = person.get("/api/notifications", params=params)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()]


@pytest.fixture
def each_status(dana: Person, alice: Person) -> Person:
    """Alice with one notification of each status, titled by its status."""
    for status in ("unread", "read", "archived", "deleted"):
        id = dana.send(alice, title=status, type=f"was_{status}")["id"]
        if status == "deleted":
            alice.delete(f"/api/notifications/{id}")
        else:
            alice.patch(f"/api/notifications/{id}", json={"status": status})
    return alice


def test_empty_inbox_returns_empty_list(alice: Person) -> None:
    answer = alice.get("/api/notifications")

    assert (answer.status_code, answer.json()) == (200, [])
    assert (answer.headers["x-unread-count"], answer.headers["x-seq"]) == ("0", "0")


def test_newest_comes_first(dana: Person, alice: Person) -> None:
    for title in ("one", "two", "three"):
        dana.send(alice, title=title)

    assert titles(alice) == ["three", "two", "one"]


def test_item_has_exactly_the_documented_fields(dana: Person, alice: Person, bob: Person) -> None:
    dana.send([alice.address, bob.address])

    (item,) = alice.get("/api/notifications").json()
    assert item.keys() == ITEM


def test_list_holds_own_notifications_only(dana: Person, alice: Person, bob: Person) -> None:
    dana.send(bob, title="for bob")

    assert titles(alice) == []


@one_database
@pytest.mark.parametrize("parameter", ["user_id", "user", "to", "channel"])
def test_user_parameter_is_ignored(dana: Person, alice: Person, bob: Person, parameter: str) -> None:
    dana.send(bob, title="for bob")

    assert titles(alice, **{parameter: bob.id}) == []


def test_headers_carry_unread_count_and_seq(each_status: Person) -> None:
    headers = each_status.get("/api/notifications", params={"status": "archived"}).headers

    assert (headers["x-unread-count"], headers["x-seq"]) == ("1", "7")


@pytest.mark.parametrize("status", BY_STATUS)
def test_archived_ones_are_listed_only_when_asked_for(each_status: Person, status: str) -> None:
    assert sorted(titles(each_status, status=status)) == BY_STATUS[status]


def test_type_filters_the_list(each_status: Person) -> None:
    assert titles(each_status, type="was_read") == ["read"]


def test_filters_combine(each_status: Person) -> None:
    assert titles(each_status, type="was_read", status="unread") == []
    assert titles(each_status, type="was_archived", status="all", q="ARCH") == ["archived"]


@one_database
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "deleted"),
        ("status", "Unread"),
        ("status", "unread,read"),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "-1"),
        ("limit", "1e3"),
        ("limit", "1.5"),
        ("limit", "abc"),
        ("limit", "9" * 5000),
        ("before", "0"),
        ("before", "-1"),
        ("before", "0x10"),
        ("before", str(10**25)),
        ("type", "x" * 65),
        ("type", "\0"),
        ("q", "x" * 201),
        ("q", "\0"),
        ("q", "a\x1bb"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_invalid_parameter_is_refused_by_name(alice: Person, name: str, value: str) -> None:
    problem(alice.get("/api/notifications", params={name: value}), 422, "invalid", name)


@one_database
@pytest.mark.parametrize("name", ["status", "type", "q", "limit", "before"])
def test_repeated_parameter_is_refused(alice: Person, name: str) -> None:
    problem(alice.get(f"/api/notifications?{name}=1&{name}=2"), 422, "invalid", name)


def test_head_request_answers_without_body(dana: Person, alice: Person) -> None:
    dana.send(alice)

    answer = alice.request("HEAD", "/api/notifications")

    assert (answer.status_code, answer.content, answer.headers["x-unread-count"]) == (200, b"", "1")


def test_unread_count_comes_with_seq(each_status: Person) -> None:
    assert each_status.get("/api/notifications/unread-count").json() == {"unread_count": 1, "seq": 7}


@pytest.mark.parametrize("path", ["/api/notifications", "/api/notifications/unread-count", "/api/notifications/x"])
def test_answers_are_not_stored_by_caches(api: Api, alice: Person, path: str) -> None:
    assert alice.get(path).headers["cache-control"] == "no-store"
    assert api.get(path).headers["cache-control"] == "no-store"
