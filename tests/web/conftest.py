"""Browsers without JavaScript for the application in this process: they keep cookies and follow no redirects."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.databases import Databases
from tests.people import PASSWORD, People, people_in_process
from tests.servers.oidc import Provider
from tests.web.admin_browser import AdminBrowser

URL = "http://localhost:8000"

Visit = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """Pages do not depend on the database: one is enough."""
    return sqlite_databases


@pytest.fixture(scope="module")
def people(databases: Databases, settings: dict[str, object]) -> Iterator[People]:
    with databases.fresh() as url, people_in_process(url, **settings) as people:
        yield people


@pytest.fixture(scope="module")
def shared_provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(shared_provider: Provider) -> Provider:
    shared_provider.changed = {}
    return shared_provider


@pytest.fixture
def visit(people: People) -> Iterator[Visit]:
    """Open a browser that is not signed in: `address` is its IP address, `url` the address of the site."""
    visitors: list[httpx.Client] = []

    def open_browser(url: str = URL, address: str = "127.0.0.1") -> httpx.Client:
        visitors.append(httpx.Client(base_url=url, transport=httpx.WSGITransport(people.app, remote_addr=address)))
        return visitors[-1]

    yield open_browser
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def visitor(visit: Visit) -> httpx.Client:
    return visit()


@pytest.fixture
def admin_browser(people: People, visit: Visit) -> AdminBrowser:
    return AdminBrowser(visit(), people.account("admin", "admin"))


@pytest.fixture
def alice_name(people: People) -> str:
    return people.account("alice")


@pytest.fixture
def alices_browser(visitor: httpx.Client, alice_name: str) -> httpx.Client:
    """A browser in which alice has signed in."""
    sign_in(visitor, alice_name)
    return visitor


def sign_in(visitor: httpx.Client, name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
    return visitor.post("/login", data={"username": name, "password": password} | fields)


def csrf(browser: httpx.Client) -> str:
    """The CSRF token that the forms of a page contain."""
    return browser.cookies["csrf_access_token"]


def submit(browser: httpx.Client, path: str, **fields: str | list[str]) -> httpx.Response:
    """Submit a form of a page as the browser does."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    return browser.post(path, data={"csrf_token": csrf(browser), **fields}, headers=headers)


def submit_by_htmx(browser: httpx.Client, path: str, **fields: str | list[str]) -> httpx.Response:
    """Submit a form of a page as htmx does."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "HX-Request": "true"}
    return browser.post(path, data={"csrf_token": csrf(browser), **fields}, headers=headers)
