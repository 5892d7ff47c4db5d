"""Every endpoint with a body refuses invalid JSON and JSON that cannot be stored, and nothing changes."""

from __future__ import annotations

import json

import pytest

from tests.api.contents import contents
from tests.api_client import Api, Person, problem
from tests.databases import one_database
from tests.people import People

NO_JSON = {
    "nothing": b"",
    "blank": b" \n ",
    "text": b"hello",
    "a form": b"to=all&title=Hello",
    "cut": b'{"to": "all", "title": "Hel',
    "a comma too many": b'{"to": "all", "title": "Hello",}',
    "two": b'{"to": "all", "title": "Hello"} {}',
    "single quotes": b"{'to': 'all', 'title': 'Hello'}",
    "not a number": b'{"to": "all", "title": "Hello", "metadata": {"a": NaN}}',
    "infinity": b'{"to": "all", "title": "Hello", "metadata": {"a": -Infinity}}',
    "latin-1": '{"to": "all", "title": "Ünïcode"}'.encode("latin-1"),
    "utf-16": '{"to": "all", "title": "Hello"}'.encode("utf-16"),
    "two byte order marks": b'\xef\xbb\xbf\xef\xbb\xbf{"to": "all", "title": "Hello"}',
    "overlong": b'{"to": "all", "title": "\xc0\x80"}',
    "a raw control character": b'{"to": "all", "title": "a\x00b"}',
    "lists in lists": b"[" * 10_000,
    "objects in objects": b'{"a":' * 10_000,
    "a number without end": b'{"to": "all", "title": ' + b"9" * 5000 + b"}",
}
NO_OBJECT = {"null": b"null", "true": b"true", "number": b"7", "text": b'"all"', "list": b'[{"to": "all", "title": "Hello"}]'}
NOT_TO_BE_KEPT = {
    "beyond all numbers": b'{"a": 1e999}',
    "deep": json.dumps({"a": json.loads("[" * 33 + "]" * 33)}).encode(),
    "much deeper": b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}",
    "NUL in a key": b'{"a\\u0000": 1}',
    "lone surrogate in a key": b'{"\\ud800": 1}',
    "lone surrogate deep inside": b'{"a": [{"b": ["\\udfff"]}]}',
    "many keys": json.dumps({f"{number:x}": 0 for number in range(1200)}).encode(),
}


@one_database
@pytest.mark.parametrize("kind", NO_JSON)
@pytest.mark.security("S45")
def test_invalid_json_returns_400(people: People, dana: Person, api: Api, kind: str) -> None:
    id = dana.send(dana)["id"]
    before = contents(people)

    problem(dana.post("/api/notifications", content=NO_JSON[kind]), 400, "malformed")
    problem(dana.patch(f"/api/notifications/{id}", content=NO_JSON[kind]), 400, "malformed")
    problem(api.post("/api/auth/login", content=NO_JSON[kind]), 400, "malformed")

    assert contents(people) == before


@one_database
def test_the_error_about_a_long_number_is_for_the_client(dana: Person) -> None:
    document = problem(dana.post("/api/notifications", content=NO_JSON["a number without end"]), 400, "malformed")

    assert "5000 digits." in document["detail"]
    assert "sys." not in document["detail"]


@one_database
@pytest.mark.parametrize("kind", NO_OBJECT)
def test_json_that_is_no_object_returns_422(people: People, dana: Person, api: Api, kind: str) -> None:
    before = contents(people)

    problem(dana.post("/api/notifications", content=NO_OBJECT[kind]), 422, "invalid", "body")
    problem(api.post("/api/auth/login", content=NO_OBJECT[kind]), 422, "invalid", "body")

    assert contents(people) == before


@pytest.mark.parametrize("kind", NOT_TO_BE_KEPT)
def test_metadata_that_cannot_be_stored_returns_422(people: People, dana: Person, kind: str) -> None:
    before = contents(people)

    body = b'{"to": "all", "title": "Hello", "metadata": ' + NOT_TO_BE_KEPT[kind] + b"}"
    problem(dana.post("/api/notifications", content=body), 422, "invalid", "metadata")

    assert contents(people) == before


@pytest.mark.parametrize("size", [65_537, 10**6])
def test_body_over_64_kib_returns_413(people: People, dana: Person, api: Api, size: int) -> None:
    before = contents(people)

    problem(dana.post("/api/notifications", content=b" " * size), 413, "too_large")
    problem(api.post("/api/auth/login", content=b" " * size), 413, "too_large")

    assert contents(people) == before


def test_body_of_64_kib_is_accepted(dana: Person) -> None:
    body = json.dumps({"to": dana.address, "title": "Hello"}).ljust(65_536).encode()

    assert dana.post("/api/notifications", content=body).status_code == 201


def test_huge_number_is_stored_unchanged(dana: Person) -> None:
    dana.send(dana, metadata={"a": 10**400, "b": -0.0, "c": 1e-300})

    (item,) = dana.get("/api/notifications").json()
    assert item["metadata"] == {"a": 10**400, "b": 0, "c": 1e-300}
