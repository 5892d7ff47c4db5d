"""Cookies of a sign-in: HttpOnly, SameSite, secure but on loopback, deleted when signing out."""

from __future__ import annotations

from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from tests.api_client import STREAM_PATH
from tests.people import People
from tests.web.conftest import URL, Visit, sign_in

ELSEWHERE = [
    "http://notifier.example",
    "http://192.0.2.1:8000",
    "https://notifier.example",
    "https://localhost:8000",
    "http://localhost.evil",
]
HERE = ["http://localhost", "http://localhost:8000", "http://127.0.0.1", "http://127.0.0.1:8000", "http://[::1]", "http://[::1]:8000"]


def cookies(answer: httpx.Response) -> list[Morsel[str]]:
    found = [SimpleCookie(header) for header in answer.headers.get_list("set-cookie")]
    return [morsel for cookie in found for morsel in cookie.values()]


@pytest.mark.security("S26")
def test_cookies_are_httponly_and_samesite_lax(visitor: httpx.Client, alice_name: str) -> None:
    set_ = cookies(sign_in(visitor, alice_name))

    assert len(set_) == 4
    for cookie in set_:
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


def test_cookies_expire_with_the_sign_in(visitor: httpx.Client, alice_name: str) -> None:
    assert {cookie["max-age"] for cookie in cookies(sign_in(visitor, alice_name))} == {str(30 * 86_400)}


@pytest.mark.parametrize("url", [ELSEWHERE[0], HERE[0]])
def test_signing_out_deletes_cookies_with_the_attributes_they_were_set_with(visit: Visit, alice_name: str, url: str) -> None:
    browser = visit(url)
    set_ = cookies(sign_in(browser, alice_name))
    token = next(cookie.value for cookie in set_ if cookie.key.removeprefix("__Host-") == "csrf_access_token")
    sent = "; ".join(f"{cookie.key}={cookie.value}" for cookie in set_)

    taken = cookies(browser.post("/logout", data={"csrf_token": token}, headers={"Cookie": sent}))

    for before, after in zip(set_, taken, strict=True):
        assert (after.key, after.value, after["max-age"]) == (before.key, "", "0")
        for attribute in ("httponly", "samesite", "secure", "path"):
            assert after[attribute] == before[attribute]


@pytest.mark.parametrize("url", ELSEWHERE)
@pytest.mark.security("S26")
def test_cookies_are_secure(visit: Visit, alice_name: str, url: str) -> None:
    assert [cookie["secure"] for cookie in cookies(sign_in(visit(url), alice_name))] == [True] * 4


@pytest.mark.parametrize("url", HERE)
def test_cookies_are_not_secure_on_loopback_over_plain_http(visit: Visit, alice_name: str, url: str) -> None:
    assert [cookie["secure"] for cookie in cookies(sign_in(visit(url), alice_name))] == [""] * 4


def test_pages_do_not_contain_the_access_token(alices_browser: httpx.Client) -> None:
    page = alices_browser.get("/notifications").text

    assert alices_browser.cookies["access_token_cookie"] not in page


@pytest.mark.security("S32")
def test_each_sign_in_sets_new_cookies(visitor: httpx.Client, alice_name: str) -> None:
    """Also if an attacker has planted cookies in the browser before."""
    planted = dict.fromkeys(["access_token_cookie", "csrf_access_token", "session"], "planted")
    visitor.cookies.update(planted)

    first, second = (cookies(sign_in(visitor, alice_name)) for _ in range(2))

    values = [cookie.value for cookie in first + second]
    assert len(set(values)) == 6, "two tokens and one shared CSRF value each time"
    assert "planted" not in values


@pytest.mark.parametrize("path", ["/notifications", "/api/notifications", "/api/notifications/unread-count"])
def test_cookie_authenticates_pages_and_api(alices_browser: httpx.Client, path: str) -> None:
    assert alices_browser.get(path).status_code == 200


def test_stream_with_invalid_cookie_returns_401_and_never_redirects(visitor: httpx.Client) -> None:
    visitor.cookies["access_token_cookie"] = "nonsense"

    answer = visitor.get(STREAM_PATH)

    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_signing_out_deletes_the_cookies(alices_browser: httpx.Client) -> None:
    form_token = alices_browser.cookies["csrf_access_token"]

    answer = alices_browser.post("/logout", data={"csrf_token": form_token})

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert dict(alices_browser.cookies) == {}
    assert alices_browser.get("/notifications").status_code == 303


def test_page_with_invalid_cookie_redirects_to_sign_in(people: People, visit: Visit) -> None:
    browser = visit(URL)
    browser.cookies["access_token_cookie"] = "nonsense"

    assert browser.get("/notifications").headers["location"] == "/login?next=/notifications"
