"""Every field refuses every value of a wrong type with an error that names the field, and nothing changes.

The fields come from the code, so a new field is tested too.
"""

from __future__ import annotations

from json import dumps
from typing import Any

import pytest

from notifier.services.messages.content import Action
from notifier.services.messages.send import Draft
from notifier.web.api.auth import Credentials
from notifier.web.api.notifications import StatusChange
from tests.api.contents import contents
from tests.api_client import Api, Person, problem
from tests.databases import one_database
from tests.people import People

WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "integer": 7,
    "float": 1.5,
    "huge": 10**400,
    "list": [[]],
    "object": {"a": {}},
    "list of everything": [None, True, 7, 1.5, "a", [], {}],
    "empty": "",
    "blank": "  ",
    "word": "Ünknown word",
    "number in text": "1e3",
    "NUL": "a\0b",
    "escape": "\x1b[31m",
    "C1": "a\x85b",
    "carriage return": "a\rb",
    "newline": "a\nb",
    "event": "a\n\nevent: evil\ndata: x",
    "lone surrogate": "\ud800",
    "bidi": "\u202eevil",
    "long": "x" * 5000,
}
# Exceptions: values that are valid for these fields.
ANY_LINE = {"blank", "word", "number in text"}
RIGHT: dict[str, set[str]] = {
    "title": {"null", "empty", *ANY_LINE},
    "message": {"empty", "newline", "carriage return", "event", "bidi", *ANY_LINE},
    "to": {"null"},
    "user_id": {"null"},
    "metadata": {"object"},
    "image_url": {"null"},
    "related_session_id": {"null", *ANY_LINE},
    "collapse_key": {"null", *ANY_LINE},
    "expires_at": {"null"},
    "send_at": {"null"},
    "thread": {"null", *ANY_LINE},
    "id": {"null"},
    "actions[0].label": ANY_LINE,
}
ACTION = {"label": "Go", "url": "/"}
SIGN_IN = {"username": "alice", "password": "wrong horse"}


@one_database
@pytest.mark.parametrize("field", Draft.model_fields)
@pytest.mark.security("S20")
def test_wrong_values_are_refused_when_sending(people: People, dana: Person, alice: Person, field: str) -> None:
    audience = {"user_id": alice.id} if field == "user_id" else {"to": alice.address}
    before = contents(people)

    for kind in WRONG.keys() - RIGHT.get(field, set()):
        answer = dana.post("/api/notifications", content=dumps(audience | {"title": "Hello", field: WRONG[kind]}))
        refused_for(field, kind, answer)

    assert contents(people) == before


@one_database
@pytest.mark.parametrize("field", Action.model_fields)
def test_wrong_values_are_refused_in_actions(people: People, dana: Person, alice: Person, field: str) -> None:
    before, name = contents(people), f"actions[0].{field}"

    for kind in WRONG.keys() - RIGHT.get(name, set()):
        body = {"to": alice.address, "title": "Hello", "actions": [ACTION | {field: WRONG[kind]}]}
        refused_for(name, kind, dana.post("/api/notifications", content=dumps(body)))

    assert contents(people) == before


@one_database
@pytest.mark.parametrize("field", StatusChange.model_fields)
def test_wrong_values_are_refused_when_changing_status(people: People, dana: Person, alice: Person, field: str) -> None:
    path = f"/api/notifications/{dana.send(alice)['id']}"
    before = contents(people)

    for kind in WRONG.keys() - RIGHT.get(field, set()):
        refused_for(
            field, kind, alice.patch(path, content=dumps({"status": "snoozed", "until": "2099-01-01T00:00:00Z", field: WRONG[kind]}))
        )

    assert contents(people) == before


@one_database
@pytest.mark.parametrize("field", Credentials.model_fields)
def test_wrong_values_are_refused_at_sign_in(people: People, api: Api, field: str) -> None:
    any_text = {kind for kind, value in WRONG.items() if isinstance(value, str)} - {"empty", "long", "lone surrogate"}
    right = any_text if field == "password" else ANY_LINE
    before = contents(people)

    for kind in WRONG.keys() - right:
        refused_for(field, kind, api.post("/api/auth/login", content=dumps(SIGN_IN | {field: WRONG[kind]})))

    assert contents(people) == before


@one_database
@pytest.mark.parametrize(
    "field", ["role", "is_admin", "seq", "created_at", "id", "read_at", "sender_id", "x" * 64, "", "__proto__", "to[0]"]
)
@pytest.mark.security("S17")
def test_unknown_field_is_refused(people: People, dana: Person, alice: Person, api: Api, field: str) -> None:
    path = f"/api/notifications/{dana.send(alice)['id']}"
    before = contents(people)

    refused_for(
        field or "body", "unknown", dana.post("/api/notifications", content=dumps({"to": alice.address, "title": "Hello", field: 1}))
    )
    refused_for(field or "body", "unknown", alice.patch(path, content=dumps({"status": "read", field: 1})))
    refused_for(field or "body", "unknown", api.post("/api/auth/login", content=dumps(SIGN_IN | {field: 1})))

    assert contents(people) == before


@pytest.mark.parametrize("kind", ["NUL", "escape", "newline", "word"])
def test_password_may_be_any_text(api: Api, kind: str) -> None:
    """A wrong password is refused as wrong, whatever its characters."""
    problem(api.post("/api/auth/login", content=dumps(SIGN_IN | {"password": WRONG[kind]})), 401, "credentials_invalid")


def refused_for(field: str, kind: str, answer: Any) -> None:
    document = problem(answer, 422, "invalid")
    named = [error["field"] for error in document["errors"]]
    assert named, f"{kind}: the error names no field"
    assert all(name == field or name.startswith((f"{field}[", f"{field}.")) for name in named), f"{kind}: {named}"


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("title", "x" * 201, "must have at most 200 characters"),
        ("message", "x" * 4001, "must have at most 4000 characters"),
        ("actions", [{"label": "Go", "url": "/"}] * 4, "must have at most 3 entries"),
        ("to", [], "must not be empty"),
        ("collapse_key", "", "must not be empty"),
    ],
)
def test_error_of_a_length_names_what_is_counted(dana: Person, field: str, value: object, detail: str) -> None:
    body = {"to": "all", "title": "Hello"} | {field: value}

    assert problem(dana.post("/api/notifications", json=body), 422, "invalid", field)["errors"][0]["detail"] == detail
