"""Errors in bodies name the field as the client wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, request

from notifier.errors import Invalid, Malformed, NotFound
from notifier.services.messages.send import Draft
from notifier.services.preferences.choices import PreferencesChange
from notifier.web.http import request_body
from notifier.web.http.request_body import Body, checked

ACTION = {"label": "Go", "url": "/"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": 7}, "title"),
        ({"to": 7}, "to"),
        ({"to": ["all", "all", 7]}, "to[2]"),
        ({"to": []}, "to"),
        ({"actions": [ACTION, ACTION | {"url": "//evil"}]}, "actions[1].url"),
        ({"actions": [{"label": "Go"}]}, "actions[0].url"),
        ({"actions": [7]}, "actions[0]"),
        ({"is_admin": True}, "is_admin"),
        ({"x" * 5000: True}, "x" * 64),
        ({"to": None}, "to"),
        ({"title": None}, "title"),
    ],
)
def test_error_names_the_field(wrong: dict[str, Any], field: str) -> None:
    assert [error.field for error in refusal({"to": "all", "title": "Hello"} | wrong).errors] == [field]


def test_all_wrong_fields_are_listed_at_once() -> None:
    errors = refusal({"to": "all", "title": 7, "type": "A", "priority": "high!"}).errors

    assert [error.field for error in errors] == ["title", "type", "priority"]


def test_no_error_quotes_a_regular_expression() -> None:
    wrong = {"quiet_hours": {"from": "25:00", "to": "7"}, "digest_time": "noon"}
    with pytest.raises(Invalid) as raised:
        checked(PreferencesChange, wrong)
    details = [error.detail for error in (*raised.value.errors, *refusal({"to": "all", "title": "Hello", "type": "A b"}).errors)]

    assert details == ["must be a time of day such as 22:00"] * 3 + [
        "must be 1 to 64 small letters, digits, ., - or _, beginning with a letter"
    ]


@pytest.mark.parametrize("value", [None, True, 7, "text", [], [{}]], ids=repr)
def test_error_in_a_non_object_names_the_body(value: object) -> None:
    (error,) = refusal(value).errors

    assert (error.field, error.detail) == ("body", "must be a JSON object")


def test_error_does_not_repeat_the_input() -> None:
    assert "hunter2" not in str(refusal({"to": "all", "title": "hunter2\n"}))


class Endless:
    """The socket itself: where neither a length nor chunks say where the body ends, a read waits for the client to go."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("this would wait for ever")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_methods_without_a_body_do_not_read_one(method: str) -> None:
    app = Flask("reading")
    request_body.register(app)
    app.add_url_rule("/", view_func=lambda: {"read": len(request.get_data())}, methods=[method])

    answer = app.test_client().open("/", method=method, environ_overrides={"wsgi.input": Endless()})

    assert answer.json == {"read": 0}


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("content_type", ["application/json", FORM, "text/plain", ""])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_json_is_read_whatever_its_type_and_without_byte_order_mark(content_type: str, mark: str) -> None:
    body = f'{mark}{{"to": "all", "title": "Hello"}}'

    with received(body.encode(), content_type):
        assert Body(Draft).parsed().title == "Hello"


@pytest.mark.parametrize(
    ("content_type", "advised"),
    [
        (FORM, True),
        ("multipart/form-data; boundary=x", True),
        ("text/plain; charset=utf-8", True),
        ("application/json", False),
        ("", False),
    ],
)
def test_form_and_plain_text_are_advised_to_send_json(content_type: str, advised: bool) -> None:
    with received(b"to=user:alice&title=hello", content_type), pytest.raises(Malformed) as raised:
        Body(Draft).parsed()

    assert ("Content-Type: application/json" in str(raised.value) and '"title"' in str(raised.value)) == advised


@contextmanager
def received(body: bytes, content_type: str) -> Iterator[None]:
    """The context of a request whose body was read."""
    app = Flask("reading")
    request_body.register(app)
    with app.test_request_context("/", method="POST", data=body, content_type=content_type):
        app.preprocess_request()
        yield


def refusal(value: object) -> Invalid:
    with pytest.raises(Invalid) as raised:
        checked(Draft, value)
    return raised.value


def test_path_that_is_not_utf_8_names_nothing() -> None:
    app = Flask(__name__)
    request_body.register(app)
    app.register_error_handler(NotFound, lambda refusal: (refusal.detail, refusal.status))
    app.add_url_rule("/<name>", "named", lambda name: name)

    answers = [app.test_client().get("/", environ_overrides={"PATH_INFO": path}) for path in ("/\xff", "/\xc3\xa9")]

    assert [answer.status_code for answer in answers] == [404, 200]
