"""Schemas in words, and examples as commands."""

import shlex
from typing import Any

import pytest

from notifier.web.openapi.curl import curl
from notifier.web.openapi.prose import words

ADDRESS = "http://127.0.0.1:8000"
ANYBODY: dict[str, Any] = {"security": [], "responses": {}}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "minLength": 1, "maxLength": 60}, "text, 1 to 60 characters"),
        ({"anyOf": [{"type": "string", "maxLength": 200}, {"type": "null"}]}, "text, at most 200 characters, or `null`"),
        ({"type": "integer", "minimum": 1, "maximum": 100}, "whole number, 1 to 100"),
        ({"type": "integer", "minimum": 0}, "whole number, at least 0"),
        ({"enum": ["low", "high"], "type": "string"}, "`low` or `high`"),
        ({"type": "string", "format": "date-time"}, "time"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Action"}, "maxItems": 3}, "list of `Action`, at most 3"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of text"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "text, like `^[a-z]+$`"),
    ],
)
def test_a_schema_in_words(schema: dict[str, Any], said: str) -> None:
    assert words(schema) == said


def test_a_body_comes_through_the_shell_whole() -> None:
    body = {"title": 'It\'s "done" & $HOME'}

    arguments = shlex.split(curl("POST", "/api/notifications", ANYBODY, ADDRESS, body).replace("\\\n", ""))

    assert arguments[:5] == ["curl", "-s", "-X", "POST", f"{ADDRESS}/api/notifications"]
    assert arguments[-2:] == ["-d", '{"title": "It\'s \\"done\\" & $HOME"}']


def test_what_stands_in_the_address_is_filled_in() -> None:
    operation = ANYBODY | {"parameters": [{"name": "id", "in": "path", "example": "7"}]}

    assert curl("GET", "/api/notifications/{id}", operation, ADDRESS) == f"curl -s {ADDRESS}/api/notifications/7"


def test_a_token_is_asked_of_the_environment() -> None:
    operation = ANYBODY | {"security": [{"token": []}, {"key": ["read"]}]}

    assert '-H "Authorization: Bearer $TOKEN"' in curl("GET", "/", operation, ADDRESS)


def test_the_host_is_quoted() -> None:
    assert shlex.split(curl("GET", "/", ANYBODY, "http://x;$(reboot)")) == ["curl", "-s", "http://x;$(reboot)/"]
