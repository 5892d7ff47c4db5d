"""Expired access tokens are refreshed in the same answer, also when a form is submitted."""

from __future__ import annotations

import httpx
import jwt
import pytest

from tests.api_client import Person
from tests.people import People
from tests.tokens import reissued
from tests.web.conftest import csrf, submit

HOUR = 3600
PAGES = ["/notifications", "/settings", "/poll", "/fragments/inbox"]


def age(browser: httpx.Client, cookie: str, seconds: int) -> None:
    """Replace a token of the browser by one issued so many seconds earlier."""
    token = browser.cookies[cookie]
    claims = jwt.decode(token, options={"verify_signature": False})
    older = {name: claims[name] - seconds for name in ("iat", "nbf", "exp")}
    browser.cookies.set(cookie, reissued(token, **older), domain="localhost.local")


@pytest.fixture
def an_hour_later(alices_browser: httpx.Client) -> httpx.Client:
    """Alice's browser with an expired access token."""
    age(alices_browser, "access_token_cookie", HOUR)
    return alices_browser


@pytest.mark.parametrize("path", PAGES)
def test_page_with_expired_token_is_answered_and_token_refreshed(an_hour_later: httpx.Client, path: str) -> None:
    before = an_hour_later.cookies["access_token_cookie"]

    assert an_hour_later.get(path).status_code == 200
    assert an_hour_later.cookies["access_token_cookie"] != before
    assert an_hour_later.get("/api/notifications").status_code == 200


def test_stream_and_api_with_expired_token_return_401(an_hour_later: httpx.Client) -> None:
    for path in ("/stream", "/api/notifications"):
        answer = an_hour_later.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def test_form_of_an_hour_ago_is_accepted(dana: Person, alice_name: str, an_hour_later: httpx.Client) -> None:
    id = dana.send(f"user:{alice_name}")["id"]

    answer = submit(an_hour_later, f"/notifications/{id}/read")

    assert answer.status_code == 303
    assert an_hour_later.get(f"/api/notifications/{id}").json()["status"] == "read"


def test_old_form_is_accepted_after_another_tab_refreshed_the_token(an_hour_later: httpx.Client) -> None:
    old = csrf(an_hour_later)
    an_hour_later.get("/notifications")

    answer = an_hour_later.post("/notifications/read-all", data={"csrf_token": old})

    assert answer.status_code == 303


def test_old_form_still_needs_its_csrf_token(an_hour_later: httpx.Client) -> None:
    answer = an_hour_later.post("/notifications/read-all", data={"csrf_token": "x"})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert "set-cookie" not in answer.headers


def test_sign_out_with_expired_token_ends_the_sign_in(people: People, an_hour_later: httpx.Client) -> None:
    refresh = an_hour_later.cookies["refresh_token_cookie"]

    answer = submit(an_hour_later, "/logout")

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "access_token_cookie" not in an_hour_later.cookies
    with httpx.Client(base_url="http://localhost:8000", transport=httpx.WSGITransport(people.app)) as thief:
        assert thief.post("/api/auth/refresh", headers={"Authorization": f"Bearer {refresh}"}).status_code == 401


def test_expired_refresh_token_redirects_to_sign_in(an_hour_later: httpx.Client) -> None:
    age(an_hour_later, "refresh_token_cookie", 31 * 24 * HOUR)

    assert an_hour_later.get("/notifications").headers["location"] == "/login?next=/notifications"
    assert an_hour_later.get("/poll").status_code == 401
