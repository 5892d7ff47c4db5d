"""The pages in this process, as somebody sees them who keeps cookies and follows no redirect."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.databases import Databases
from tests.people import PASSWORD, People, people_in_process

URL = "http://localhost:8000"

Visit = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """What a page says is the same on both."""
    return sqlite_databases


@pytest.fixture(scope="module")
def people(databases: Databases, settings: dict[str, object]) -> Iterator[People]:
    with databases.fresh() as url, people_in_process(url, **settings) as people:
        yield people


@pytest.fixture
def visit(people: People) -> Iterator[Visit]:
    """A visitor who has not signed in: from `address`, to the site as it is called in `url`."""
    visitors: list[httpx.Client] = []

    def arrive(url: str = URL, address: str = "127.0.0.1") -> httpx.Client:
        visitors.append(httpx.Client(base_url=url, transport=httpx.WSGITransport(people.app, remote_addr=address)))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def visitor(visit: Visit) -> httpx.Client:
    return visit()


@pytest.fixture
def alice_name(people: People) -> str:
    return people.account("alice")


@pytest.fixture
def alices_browser(visitor: httpx.Client, alice_name: str) -> httpx.Client:
    """Signed in on the page."""
    sign_in(visitor, alice_name)
    return visitor


def sign_in(visitor: httpx.Client, name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
    return visitor.post("/login", data={"username": name, "password": password} | fields)


def csrf(browser: httpx.Client) -> str:
    """What the forms of a page repeat."""
    return browser.cookies["csrf_access_token"]


def submit(browser: httpx.Client, path: str, *, by_script: bool = False, **fields: str) -> httpx.Response:
    """A form of a page, sent by the browser or by the page's script."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"} | ({"HX-Request": "true"} if by_script else {})
    return browser.post(path, data={"csrf_token": csrf(browser)} | fields, headers=headers)
