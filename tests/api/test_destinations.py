"""Destinations over HTTP: for admins alone, without their addresses, and bad input named by its field."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from notifier.services.accounts import api_keys
from tests.api_client import Api, Person
from tests.cases import failures
from tests.people import People

SECRET = "TIiajkdnlazkcOXrIdevi7FQ"
URL = f"slack://T1JJ3T3L2/A1BRTD4JD/{SECRET}/#ops"
PATH = "/api/destinations"
BAD = [
    *("", "x", "https://localhost/", "http://example.com/", "json://example.com/", "jsons://localhost/", "jsons://10.0.0.1/"),
    *("jsons://[::1]/", "jsons://169.254.169.254/", "syslog://", "dbus://", "windows://", "mailto://a:b@example.com", "file:///etc/passwd"),
    *("jsons://example.com/" + "x" * 3000, "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?template=/etc/passwd"),
    *(f"{URL}/#dev", "slack://T1JJ3T3L2/", "jsons://example.com/\u202e", "jsons://example.com/\x00"),
]


@pytest.fixture
def ask(api: Api, admin: Person) -> Callable[..., httpx.Response]:
    return lambda method, path, **kwargs: api.request(method, path, admin.token, **kwargs)


def test_an_admin_creates_tests_switches_and_removes_one(ask: Callable[..., httpx.Response]) -> None:
    made = ask("POST", PATH, json={"name": "ops-1", "url": URL})
    again = ask("POST", PATH, json={"name": "OPS-1", "url": URL})
    off = ask("PATCH", f"{PATH}/OPS-1", json={"on": False})
    tests = [ask("POST", f"{PATH}/ops-1/test")]
    on = ask("PATCH", f"{PATH}/ops-1", json={"on": True})
    tests.append(ask("POST", f"{PATH}/ops-1/test"))
    (shown,) = [one for one in ask("GET", PATH).json() if one["name"] == "ops-1"]
    gone = [ask("DELETE", f"{PATH}/ops-1"), ask("DELETE", f"{PATH}/ops-1"), ask("PATCH", f"{PATH}/ops-1", json={"on": True})]

    assert (made.status_code, again.status_code, off.json()["on"], on.json()["on"]) == (201, 422, False, True)
    assert [answer.status_code for answer in tests] == [409, 202] and [answer.status_code for answer in gone] == [200, 404, 404]
    assert shown == made.json() and (shown["service"], shown["scheme"]) == ("Slack", "slack")
    assert not [answer.text for answer in (made, again, off, on, *tests, *gone) if SECRET in answer.text]


def test_bad_input_is_refused_at_its_field(ask: Callable[..., httpx.Response]) -> None:
    wrong = [("url", url) for url in BAD] + [("name", name) for name in ("", "a b", "x" * 65, "a:b", "..", "\x00")]

    def check(case: tuple[str, str]) -> None:
        field, value = case
        answer = ask("POST", PATH, json={"name": "bad", "url": URL} | {field: value})
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), answer.text
        assert SECRET not in answer.text

    assert not failures(wrong, check)
    assert "bad" not in [one["name"] for one in ask("GET", PATH).json()]


def test_a_narrowed_key_sends_only_to_its_destinations(ask: Callable[..., httpx.Response], people: People) -> None:
    ask("POST", PATH, json={"name": "narrow", "url": URL})
    with people.elsewhere():
        key = api_keys.create("deploy", scopes=["send"], audience=["destination:narrow"])
    send = [people.api.request("POST", "/api/notifications", key, json={"to": to, "title": "One"}) for to in ("destination:NARROW", "all")]

    assert [answer.status_code for answer in send] == [201, 403]
