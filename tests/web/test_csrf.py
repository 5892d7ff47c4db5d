"""CSRF: another site can make the browser send its cookies, so writes by cookie need a token that only own pages contain."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api_client import Person
from tests.people import People
from tests.web.conftest import Visit, sign_in

WRITES = [
    ("POST", "/logout"),
    ("POST", "/api/notifications/read-all"),
    ("DELETE", "/api/notifications"),
    ("PATCH", "/api/notifications/{id}"),
    ("DELETE", "/api/notifications/{id}"),
]


@pytest.fixture
def unread(people: People, dana: Person, alice_name: str) -> str:
    """The id of an unread notification of alice."""
    id: str = dana.send(f"user:{alice_name}")["id"]
    return id


def token(browser: httpx.Client) -> str:
    return browser.cookies["csrf_access_token"]


def write(browser: httpx.Client, method: str, path: str, unread: str, **kwargs: Any) -> httpx.Response:
    return browser.request(method, path.format(id=unread), **({"json": {"status": "read"} if method == "PATCH" else {}} | kwargs))


def still_there(browser: httpx.Client, unread: str) -> bool:
    answer = browser.get(f"/api/notifications/{unread}")
    return answer.status_code == 200 and bool(answer.json()["status"] == "unread")


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.security("S27")
def test_write_without_csrf_token_returns_403(alices_browser: httpx.Client, unread: str, method: str, path: str) -> None:
    assert refused(write(alices_browser, method, path, unread))
    assert still_there(alices_browser, unread)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_write_with_csrf_token_in_header_succeeds(alices_browser: httpx.Client, unread: str, method: str, path: str) -> None:
    answer = write(alices_browser, method, path, unread, headers={"X-CSRF-TOKEN": token(alices_browser)})

    assert answer.status_code in (200, 303)
    assert not still_there(alices_browser, unread)


@pytest.mark.parametrize("path", ["/logout", "/api/notifications/read-all"])
def test_write_with_csrf_token_in_form_field_succeeds(alices_browser: httpx.Client, unread: str, path: str) -> None:
    answer = alices_browser.post(path, data={"csrf_token": token(alices_browser)})

    assert answer.status_code in (200, 303)
    assert not still_there(alices_browser, unread)


@pytest.mark.parametrize("wrong", ["", "x", "null", "{token}x", "\xff"])
def test_wrong_csrf_token_returns_403(alices_browser: httpx.Client, unread: str, wrong: str) -> None:
    given = wrong.format(token=token(alices_browser))

    assert refused(alices_browser.post("/api/notifications/read-all", data={"csrf_token": given}))
    assert still_there(alices_browser, unread)


@pytest.mark.security("S27")
def test_csrf_token_of_another_user_returns_403(people: People, visit: Visit, alices_browser: httpx.Client, unread: str) -> None:
    mallory = visit()
    sign_in(mallory, people.account("mallory"))

    assert refused(alices_browser.post("/api/notifications/read-all", headers={"X-CSRF-TOKEN": token(mallory)}))


def test_csrf_token_matching_only_a_planted_cookie_returns_403(alices_browser: httpx.Client, unread: str) -> None:
    """An attacker on a neighbouring domain can set a cookie for this site, so token and cookie may not simply match each other."""
    alices_browser.cookies.set("csrf_access_token", "planted", domain="localhost.local")

    assert refused(alices_browser.post("/api/notifications/read-all", headers={"X-CSRF-TOKEN": "planted"}))


def test_csrf_token_in_url_returns_403(alices_browser: httpx.Client, unread: str) -> None:
    known = token(alices_browser)

    assert refused(alices_browser.post(f"/api/notifications/read-all?csrf_token={known}&X-CSRF-TOKEN={known}"))


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""])
@pytest.mark.security("S27")
def test_content_type_does_not_bypass_csrf(alices_browser: httpx.Client, unread: str, kind: str) -> None:
    answer = alices_browser.post("/api/notifications/read-all", content=b"{}", headers={"Content-Type": kind})

    assert refused(answer)
    assert still_there(alices_browser, unread)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override"])
def test_method_override_headers_are_ignored(alices_browser: httpx.Client, unread: str, header: str) -> None:
    alices_browser.get(f"/api/notifications/{unread}?_method=DELETE", headers={header: "DELETE"})

    assert still_there(alices_browser, unread)


def test_bearer_token_needs_no_csrf_token(alice: Person) -> None:
    assert alice.post("/api/notifications/read-all").status_code == 200


@pytest.mark.security("S29")
def test_sign_out_form_contains_csrf_token(alices_browser: httpx.Client) -> None:
    assert f'name="csrf_token" value="{token(alices_browser)}"' in alices_browser.get("/notifications").text
