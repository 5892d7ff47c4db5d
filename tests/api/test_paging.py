"""Pages are ordered by arrival, and stay consistent while notifications arrive and change."""

from __future__ import annotations

import httpx
import pytest

from tests.api_client import Person

FIVE = ["five", "four", "three", "two", "one"]


@pytest.fixture
def alice_with_five(dana: Person, alice: Person) -> Person:
    for title in reversed(FIVE):
        dana.send(alice, title=title)
    return alice


def titles(page: httpx.Response) -> list[str]:
    return [item["title"] for item in page.json()]


def follow(person: Person, page: httpx.Response) -> httpx.Response:
    return person.get(page.links["next"]["url"])


def all_pages(person: Person, page: httpx.Response) -> list[list[str]]:
    pages = [titles(page)]
    while "next" in page.links:
        page = follow(person, page)
        pages.append(titles(page))
    return pages


@pytest.mark.parametrize(
    ("limit", "pages"),
    [(2, [["five", "four"], ["three", "two"], ["one"]]), (4, [["five", "four", "three", "two"], ["one"]]), (5, [FIVE]), (100, [FIVE])],
)
def test_pages_show_everything_once_and_the_last_has_no_next(alice_with_five: Person, limit: int, pages: list[list[str]]) -> None:
    assert all_pages(alice_with_five, alice_with_five.get("/api/notifications", params={"limit": limit})) == pages


def test_default_page_size_is_20(dana: Person, alice: Person) -> None:
    for _ in range(21):
        dana.send(alice)

    assert [len(page) for page in all_pages(alice, alice.get("/api/notifications"))] == [20, 1]


def test_arrivals_do_not_shift_pages(dana: Person, alice_with_five: Person) -> None:
    first = alice_with_five.get("/api/notifications", params={"limit": 2})
    dana.send(alice_with_five, title="six")
    dana.send(alice_with_five, title="seven")

    assert all_pages(alice_with_five, first) == [["five", "four"], ["three", "two"], ["one"]]


def test_changes_do_not_shift_pages(alice_with_five: Person) -> None:
    first = alice_with_five.get("/api/notifications", params={"limit": 2})
    ids = [item["id"] for item in alice_with_five.get("/api/notifications").json()]
    alice_with_five.delete(f"/api/notifications/{ids[1]}")
    alice_with_five.patch(f"/api/notifications/{ids[3]}", json={"status": "read"})

    assert titles(follow(alice_with_five, first)) == ["three", "two"]


def test_reading_keeps_the_position(alice_with_five: Person) -> None:
    oldest = alice_with_five.get("/api/notifications").json()[-1]["id"]

    alice_with_five.patch(f"/api/notifications/{oldest}", json={"status": "read"})

    assert titles(alice_with_five.get("/api/notifications")) == FIVE


@pytest.mark.parametrize("query", ["a&b=c", "%", "+", "#", "ü ö"])
def test_next_link_keeps_the_filters(dana: Person, alice: Person, query: str) -> None:
    for number in range(3):
        dana.send(alice, title=f"{query} {number}", type="wanted")
        dana.send(alice, title=f"other {number}", type="wanted")

    first = alice.get("/api/notifications", params={"q": query, "type": "wanted", "status": "unread", "limit": 2})

    assert all_pages(alice, first) == [[f"{query} 2", f"{query} 1"], [f"{query} 0"]]
