"""CORS: configured origins may call the API; no other site may read pages."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.databases import Databases
from tests.people import People, people_in_process

APP, OTHER = "https://app.example.com", "http://localhost:5173"
ASKED = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
STREAMS = ["/api/notifications/stream", "/api/v1/notifications/stream", "/events", "/api/sessions/x/status/stream"]
COVERED = ["/api/notifications", "/api/v1/notifications/unread-count", "/api/auth/login", "/api/nothing", *STREAMS]
PAGES = ["/login", "/notifications", "/", "/healthz", "/openapi.json", "/static/css/base.css", "/eventsource", "/apidoc/"]


@pytest.fixture(scope="module")
def people(databases: Databases) -> Iterator[People]:
    with databases.fresh() as url, people_in_process(url, CORS_ORIGINS=f"{APP},{OTHER}") as people:
        yield people


def cors_headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("origin", [APP, OTHER])
@pytest.mark.parametrize("path", COVERED)
def test_configured_origin_may_read_answers_and_errors(visitor: httpx.Client, path: str, origin: str) -> None:
    answer = visitor.get(path, headers={"Origin": origin})

    exposed = set(cors_headers(answer)["access-control-expose-headers"].split(", "))
    assert cors_headers(answer)["access-control-allow-origin"] == origin
    assert cors_headers(answer)["access-control-allow-credentials"] == "true"
    assert {"X-Unread-Count", "X-Seq", "Link", "ETag", "Retry-After"} <= exposed
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("path", COVERED)
def test_preflight_returns_allowed_methods_and_headers(visitor: httpx.Client, path: str) -> None:
    answer = visitor.options(path, headers={"Origin": APP} | ASKED)

    assert (answer.status_code, answer.content) == (204, b"")
    assert cors_headers(answer)["access-control-allow-origin"] == APP
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(cors_headers(answer)["access-control-allow-methods"].split(", "))
    headers = cors_headers(answer)["access-control-allow-headers"].split(", ")
    assert {"Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Last-Event-ID", "X-CSRF-TOKEN"} <= set(headers)
    assert int(cors_headers(answer)["access-control-max-age"]) > 0


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        f"{APP},{OTHER}",
        f"{APP}/",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.security("S31")
def test_other_origins_get_no_cors_headers(visitor: httpx.Client, origin: str, method: str) -> None:
    answer = visitor.request(method, "/api/notifications", headers={"Origin": origin} | ASKED)

    assert cors_headers(answer) == {}
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_pages_get_no_cors_headers(visitor: httpx.Client, path: str, method: str) -> None:
    answer = visitor.request(method, path, headers={"Origin": APP} | ASKED)

    assert cors_headers(answer) == {}
    assert answer.status_code != 204


@pytest.mark.security("S31")
def test_answer_without_origin_still_varies_by_origin(visitor: httpx.Client) -> None:
    answer = visitor.get("/api/notifications")

    assert (answer.headers["vary"], cors_headers(answer)) == ("Origin", {})


def test_options_without_preflight_headers_returns_allowed_methods(visitor: httpx.Client) -> None:
    answer = visitor.options("/api/notifications", headers={"Origin": APP})

    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (200, {"GET", "HEAD", "OPTIONS", "POST", "DELETE"})
