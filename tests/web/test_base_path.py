"""Below a base path every address of every page leads below it, whether or not the proxy removes the path."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest

from notifier.services.outbox import links
from tests.api_client import Person
from tests.databases import Databases
from tests.people import PASSWORD, People

BASE = "/sub/path"
_ADDRESS = re.compile(r'\s(?:href|src|action|hx-get|hx-post|data-[a-z-]+)="([^"#][^"]*)"')
_MODULE = re.compile(r'(?:from|import)\s*\(?"(\.[^"]+)"')


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"BASE_PATH": BASE, "PUBLIC_URL": "https://example.com"}


def test_every_address_of_the_pages_is_below_the_base_path(people: People, admin: Person, alice: Person) -> None:
    sent = admin.send(admin, actions=[{"label": "Watch", "url": "/settings"}], image_url="/static/icon.svg")["id"]
    headers = {"Cookie": f"access_token_cookie={admin.token}", "Accept": "text/html"}
    admin.post("/api/sessions", json={"title": "Job", "owner": admin.name})

    seen, todo = set(), [f"{BASE}/"]
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = people.api.get(address, headers=headers)
        posted_only = address.endswith("/admin/categories/sort") or "/preview/" in address  # another view has the GET, and finds nothing
        assert posted_only or answer.status_code in (200, 204, 303, 308, 405), (address, answer.status_code)
        found = [answer.headers["location"]] if "location" in answer.headers else []
        if answer.headers.get("content-type", "").startswith("text/html"):
            found += [each.replace("&amp;", "&") for each in _ADDRESS.findall(answer.text)]
        elif answer.headers.get("content-type", "").startswith("text/javascript"):
            found += [urljoin(address, each) for each in _MODULE.findall(answer.text)]
        paths = [each for each in found if each.startswith("/")]
        assert [each for each in paths if not each.startswith(f"{BASE}/") and each != BASE] == [], address
        todo += [each for each in paths if is_worth_a_visit(each)]

    assert f"{BASE}/go/{sent}/0" in seen
    assert {f"{BASE}/{path}" for path in ("notifications", "settings", "sessions", "admin/users", "admin/send", "apidoc/")} <= seen | {
        f"{BASE}/apidoc/"
    }


def is_worth_a_visit(address: str) -> bool:
    """Pages, scripts and styles, not streams and not every page of a list."""
    path = urlsplit(address).path
    return not path.endswith(("/stream", "/live")) and "before=" not in address and "/go/preview/" not in path


def test_a_proxy_may_remove_the_path(people: People, alice: Person, dana: Person) -> None:
    for number in range(3):
        dana.send(alice, title=f"Hello {number}")
    for prefix in ("", BASE):
        answer = alice.get(f"{prefix}/api/notifications?limit=2")
        assert answer.links["next"]["url"].startswith(f"{BASE}/api/notifications?")
        assert (
            people.api.get(f"{prefix}/notifications", headers={"Accept": "text/html"}).headers["location"].startswith(f"{BASE}/login?next=")
        )
    assert people.api.get(f"{BASE}er/notifications").status_code == 404


def test_the_cookies_are_for_the_base_path_alone(people: People) -> None:
    name = people.account("alice")
    signed_in = people.api.post(f"{BASE}/login", data={"username": name, "password": PASSWORD})

    cookies = signed_in.headers.get_list("set-cookie")
    assert len(cookies) == 4
    assert all(f"Path={BASE}" in cookie for cookie in cookies)
    assert signed_in.headers["location"].startswith(f"{BASE}/")


def test_addresses_in_mails_and_documents_have_the_base_path_once(people: People) -> None:
    with people.elsewhere():
        assert links.page("/notifications") == f"https://example.com{BASE}/notifications"
    with people.elsewhere():
        people.app.config["PUBLIC_URL"] = f"https://example.com{BASE}"
        assert links.page("/notifications") == f"https://example.com{BASE}/notifications"
    assert people.api.get(f"{BASE}/openapi.json").json()["servers"] == [{"url": BASE}]
    assert f"http://localhost{BASE}/api/notifications" in people.api.get(f"{BASE}/apidoc/").text
