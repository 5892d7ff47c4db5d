"""`q` searches for its literal characters in title and message."""

from __future__ import annotations

import pytest

from tests.api_client import Person
from tests.people import People

TITLES = [
    "100% done",
    "1000 done",
    "a_b",
    "axb",
    "it's",
    'say "hi"',
    "back\\slash",
    "Ünïcode",
    "; DROP TABLE users",
    "{{7*7}}",
    "Москва Übergröße",
    "ΣΊΣΥΦΟΣ",
]


@pytest.fixture(scope="module")
def alice_with_titles(people: People) -> Person:
    """Created once, since the tests only read."""
    alice, dana = people.person("alice"), people.person("dana", "sender")
    for title in TITLES:
        dana.send(alice, title=title, message="text of it")
    return alice


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("%", ["100% done"]),
        ("_", ["a_b"]),
        ("0%", ["100% done"]),
        ("a_b", ["a_b"]),
        ("'", ["it's"]),
        ('"', ['say "hi"']),
        ("\\", ["back\\slash"]),
        ("/", []),
        ("' OR 1=1--", []),
        ("DONE", ["1000 done", "100% done"]),
        ("; drop", ["; DROP TABLE users"]),
        ("{{7*7}}", ["{{7*7}}"]),
        ("москва", ["Москва Übergröße"]),
        ("ÜBERGRÖSSE", ["Москва Übergröße"]),
        ("σίσυφος", ["ΣΊΣΥΦΟΣ"]),
        ("ｄｏｎｅ", ["1000 done", "100% done"]),
        ("%%", []),
        ("nothing", []),
    ],
)
@pytest.mark.security("S12")
def test_query_matches_literal_characters(alice_with_titles: Person, query: str, found: list[str]) -> None:
    items = alice_with_titles.get("/api/notifications", params={"q": query}).json()

    assert [item["title"] for item in items] == found


def test_query_searches_the_message_too(alice_with_titles: Person) -> None:
    assert len(alice_with_titles.get("/api/notifications", params={"q": "TEXT OF"}).json()) == len(TITLES)


def test_query_combines_with_other_filters(alice_with_titles: Person) -> None:
    assert alice_with_titles.get("/api/notifications", params={"q": "done", "status": "read"}).json() == []
