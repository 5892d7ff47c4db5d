"""What a cookie allows, another site could ask for; so whoever writes by cookie repeats a token that only our pages know."""

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
    """The id of a notification of alice's."""
    id: str = dana.send(f"user:{alice_name}")["id"]
    return id


def token(browser: httpx.Client) -> str:
    return browser.cookies["csrf_access_token"]


def write(browser: httpx.Client, method: str, path: str, unread: str, **kwargs: Any) -> httpx.Response:
    return browser.request(method, path.format(id=unread), **({"json": {"status": "read"}} | kwargs))


def still_there(browser: httpx.Client, unread: str) -> bool:
    answer = browser.get(f"/api/notifications/{unread}")
    return answer.status_code == 200 and bool(answer.json()["status"] == "unread")


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_without_the_token_nothing_is_written(alices_browser: httpx.Client, unread: str, method: str, path: str) -> None:
    assert refused(write(alices_browser, method, path, unread))
    assert still_there(alices_browser, unread)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_with_the_token_in_a_header_it_is(alices_browser: httpx.Client, unread: str, method: str, path: str) -> None:
    answer = write(alices_browser, method, path, unread, headers={"X-CSRF-TOKEN": token(alices_browser)})

    assert answer.status_code in (200, 303)
    assert not still_there(alices_browser, unread)


@pytest.mark.parametrize("path", ["/logout", "/api/notifications/read-all"])
def test_with_the_token_in_a_field_of_a_form_it_is(alices_browser: httpx.Client, unread: str, path: str) -> None:
    answer = alices_browser.post(path, data={"csrf_token": token(alices_browser)})

    assert answer.status_code in (200, 303)
    assert not still_there(alices_browser, unread)


@pytest.mark.parametrize("wrong", ["", "x", "null", "{token}x", "\xff"])
def test_a_wrong_token_is_none(alices_browser: httpx.Client, unread: str, wrong: str) -> None:
    given = wrong.format(token=token(alices_browser))

    assert refused(alices_browser.post("/api/notifications/read-all", data={"csrf_token": given}))
    assert still_there(alices_browser, unread)


def test_another_s_token_is_none(people: People, visit: Visit, alices_browser: httpx.Client, unread: str) -> None:
    mallory = visit()
    sign_in(mallory, people.account("mallory"))

    assert refused(alices_browser.post("/api/notifications/read-all", headers={"X-CSRF-TOKEN": token(mallory)}))


def test_a_token_that_is_planted_beside_the_cookie_is_none(alices_browser: httpx.Client, unread: str) -> None:
    """Who can set a cookie for our site, say from a neighbouring one, must not be able to bring token and cookie together."""
    alices_browser.cookies.set("csrf_access_token", "planted", domain="localhost.local")

    assert refused(alices_browser.post("/api/notifications/read-all", headers={"X-CSRF-TOKEN": "planted"}))


def test_a_token_in_the_address_is_none(alices_browser: httpx.Client, unread: str) -> None:
    known = token(alices_browser)

    assert refused(alices_browser.post(f"/api/notifications/read-all?csrf_token={known}&X-CSRF-TOKEN={known}"))


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_the_body_calls_itself_opens_nothing(alices_browser: httpx.Client, unread: str, kind: str) -> None:
    answer = alices_browser.post("/api/notifications/read-all", content=b"{}", headers={"Content-Type": kind})

    assert refused(answer)
    assert still_there(alices_browser, unread)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override"])
def test_a_write_in_the_clothes_of_a_read_is_a_read(alices_browser: httpx.Client, unread: str, header: str) -> None:
    alices_browser.get(f"/api/notifications/{unread}?_method=DELETE", headers={header: "DELETE"})

    assert still_there(alices_browser, unread)


def test_a_token_that_no_browser_sends_by_itself_needs_no_other(alice: Person) -> None:
    assert alice.post("/api/notifications/read-all").status_code == 200


def test_the_form_to_sign_out_carries_the_token(alices_browser: httpx.Client) -> None:
    assert f'name="csrf_token" value="{token(alices_browser)}"' in alices_browser.get("/notifications").text
