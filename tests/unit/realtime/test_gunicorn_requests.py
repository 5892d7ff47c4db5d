"""Answers as gunicorn sends them, with headers that are checked once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn import util
from gunicorn.config import Config
from gunicorn.http import message, wsgi
from gunicorn.http.wsgi import InvalidResponseHeader, InvalidResponseHeaderName  # type: ignore[attr-defined]
from gunicorn.workers import ggevent
from gunicorn.workers.ggevent import GeventWorker

from notifier.realtime.gunicorn_requests import _Response

REQUEST: Any = SimpleNamespace(method="GET", version=(1, 1), should_close=lambda: False)
HEADERS = [
    ("Content-Type", "text/plain"),
    ("Content-Length", "12"),
    ("Connection", "close"),
    ("Upgrade", "websocket"),
    ("X-Padded", " a "),
    ("Set-Cookie", "a=1"),
    ("Set-Cookie", "b=2"),
]


def answered(kind: type[wsgi.Response], headers: list[tuple[str, str]]) -> tuple[Any, ...]:
    response: Any = kind(REQUEST, None, Config())  # type: ignore[arg-type]
    response.start_response("200 OK", headers)
    return response.headers, response.response_length, response.chunked, response.upgrade


@pytest.mark.parametrize(
    ("user", "name", "owner"),
    [
        (wsgi.create, "Response", wsgi),
        (wsgi.base_environ, "WSGIErrorsWrapper", wsgi),
        (wsgi.Response.start_response, "process_headers", wsgi.Response),
        (wsgi.Response.default_headers, "http_date", util),
        (message.HeaderPolicy._peer_trusted_for_forwarded, "_peer_is_trusted_proxy", message.HeaderPolicy),  # type: ignore[attr-defined]
        (GeventWorker.run, "StreamServer", ggevent),
        (Config.__getattr__, "settings", Config()),
    ],
)
def test_gunicorn_uses_what_is_replaced(user: Any, name: str, owner: Any) -> None:
    assert name in user.__code__.co_names
    assert name in vars(owner)


def test_an_answer_has_the_headers_that_gunicorn_itself_would_send() -> None:
    for _ in range(2):
        for headers in (HEADERS, HEADERS[:1], [*HEADERS[2:], ("Connection", "upgrade")]):
            assert answered(_Response, headers) == answered(wsgi.Response, headers)


@pytest.mark.parametrize("header", [("X-Name\r\n", "a"), ("X-Name", "a\r\nX-Other: b")])
def test_a_malformed_header_is_refused_each_time(header: tuple[str, str]) -> None:
    for _ in range(2):
        with pytest.raises((InvalidResponseHeader, InvalidResponseHeaderName)):
            answered(_Response, [header])
