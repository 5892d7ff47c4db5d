"""Schemas in plain English, and examples as commands."""

import shlex
from typing import Any

import pytest

from notifier.web.openapi.curl import curl
from notifier.web.openapi.prose import describe

ADDRESS = "http://127.0.0.1:8000"
PUBLIC: dict[str, Any] = {"security": [], "responses": {}}


@pytest.mark.parametrize(
    ("schema", "text"),
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
def test_describe_names_type_and_limits(schema: dict[str, Any], text: str) -> None:
    assert describe(schema) == text


def test_curl_quotes_the_body() -> None:
    body = {"title": 'It\'s "done" & $HOME'}

    arguments = shlex.split(curl("POST", "/api/notifications", PUBLIC, ADDRESS, body).replace("\\\n", ""))

    assert arguments[:5] == ["curl", "-s", "-X", "POST", f"{ADDRESS}/api/notifications"]
    assert arguments[-2:] == ["-d", '{"title": "It\'s \\"done\\" & $HOME"}']


def test_curl_fills_in_path_variables() -> None:
    operation = PUBLIC | {"parameters": [{"name": "id", "in": "path", "example": "7"}]}

    assert curl("GET", "/api/notifications/{id}", operation, ADDRESS) == f"curl -s {ADDRESS}/api/notifications/7"


def test_curl_takes_the_token_from_the_environment() -> None:
    operation = PUBLIC | {"security": [{"token": []}, {"key": ["read"]}]}

    assert '-H "Authorization: Bearer $TOKEN"' in curl("GET", "/", operation, ADDRESS)


def test_curl_quotes_the_host() -> None:
    assert shlex.split(curl("GET", "/", PUBLIC, "http://x;$(reboot)")) == ["curl", "-s", "http://x;$(reboot)/"]
