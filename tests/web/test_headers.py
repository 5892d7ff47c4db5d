"""Headers of every answer, errors included."""

from __future__ import annotations

import httpx
import pytest

from tests.web.conftest import Visit

PATHS = [
    "/login",
    "/notifications",
    "/healthz",
    "/static/css/base.css",
    "/static/nothing.css",
    "/nothing",
    "/api/notifications",
    "/api/nothing",
    "/api/notifications/stream",
]
SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.security("S51")
def test_every_answer_carries_security_headers(visitor: httpx.Client, method: str, path: str) -> None:
    headers = visitor.request(method, path).headers

    assert {name: headers.get(name) for name in SAFE} == SAFE


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.security("S8")
def test_content_security_policy_allows_only_own_scripts(visitor: httpx.Client, path: str) -> None:
    policy = dict(part.strip().split(" ", 1) for part in visitor.get(path).headers["content-security-policy"].split(";"))

    assert policy.get("script-src", policy["default-src"]) == "'self'"
    assert (policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'", "'none'", "'none'")
    assert "unsafe" not in str(policy)


@pytest.mark.parametrize("path", sorted(set(PATHS) - {"/static/css/base.css", "/static/nothing.css"}))
@pytest.mark.security("S52")
def test_answers_are_not_cacheable(visitor: httpx.Client, path: str) -> None:
    assert visitor.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("given", ["a", "a-b_c.9", "x" * 64])
def test_valid_request_id_is_kept(visitor: httpx.Client, given: str) -> None:
    assert visitor.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "a;b", "<b>", "a\tb"])
def test_missing_or_invalid_request_id_is_replaced(visitor: httpx.Client, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given}

    names = [visitor.get("/healthz", headers=headers).headers["x-request-id"] for _ in range(2)]

    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)
    assert names[0] != names[1]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8000", "http://localhost:9000"])
def test_no_origin_is_allowed_by_default(visitor: httpx.Client, origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        headers = visitor.request(method, "/api/notifications", headers={"Origin": origin, "Access-Control-Request-Method": "GET"}).headers
        assert "access-control-allow-origin" not in headers


def test_hsts_is_sent_over_tls_only(visit: Visit) -> None:
    for path in PATHS:
        assert visit("https://notifier.example").get(path).headers["strict-transport-security"] == "max-age=31536000"
        assert "strict-transport-security" not in visit().get(path).headers
