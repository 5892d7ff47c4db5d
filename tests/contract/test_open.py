"""The local single-user mode: the page of the older system works without signing in, and pages of other sites are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.api_client import Api, problem
from tests.cases import failures
from tests.contract.guide import BLOCKS
from tests.databases import Databases
from tests.servers.command import Command
from tests.servers.notifier import Served
from tests.servers.port import Port
from tests.site import Site, open_site

TABS = 5


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server started as a user starts one, on an empty database."""
    with databases.fresh() as url, open_site(Served(url, tmp_path_factory.mktemp("open"), args=("--open", "me"))) as site:
        yield site


@pytest.fixture
def api(site: Site) -> Api:
    return site.api


def test_a_message_without_recipient_and_token_is_in_the_list(api: Api) -> None:
    sent = api.post("/api/notifications", json={"message": "Hello"})

    assert (sent.status_code, sent.json()["recipients"]) == (201, 1)
    assert sent.json()["id"] in [item["id"] for item in api.get("/api/notifications").json()]
    assert api.get("/notifications", headers={"Accept": "text/html"}).status_code == 200
    problem(api.post("/api/notifications", json={"message": "Hello", "to": "user:nobody"}), 422, "invalid", "to")


def test_the_page_of_the_older_system_works_in_five_tabs(site: Site, page: Page) -> None:
    script = f"() => {{ const show = (items) => {{ globalThis.shown = [...items.values()]; }}; {BLOCKS['notifyhub-page']} }}"
    tabs = [page, *(page.context.new_page() for _ in range(TABS - 1))]
    for tab in tabs:
        tab.goto(f"{site.url}/healthz")
        tab.evaluate(script)
        tab.wait_for_function("() => globalThis.shown")
    site.api.post("/api/notifications", json={"message": "For five tabs"})

    for tab in tabs:
        tab.wait_for_function("() => globalThis.shown.some((item) => item.message === 'For five tabs')")
    page.goto(f"{site.url}/notifications")
    expect(page.locator("#history")).to_contain_text("For five tabs")


def test_other_sites_are_refused(api: Api, site: Site) -> None:
    own = site.url
    cases: list[dict[str, str]] = [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Forwarded-For": "203.0.113.5"},
    ]

    def check(headers: dict[str, str]) -> None:
        for path in ("/api/notifications", "/events"):
            problem(api.get(path, headers=headers), 403)
        problem(api.post("/api/notifications", json={"message": "Hello"}, headers=headers), 403)

    assert failures(cases, check) == []
    assert api.post("/api/notifications", json={"message": "Hello"}, headers={"Origin": own}).status_code == 201
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
    assert api.get("/notifications", headers=link).status_code == 200


def test_a_token_that_is_wrong_is_still_refused(api: Api) -> None:
    problem(api.get("/api/notifications", headers={"Authorization": "Bearer nonsense"}), 401, "token_invalid")


def test_other_binds_are_refused(tmp_path: Path, site: Site) -> None:
    port = Port()
    directory = tmp_path / "data"
    directory.mkdir()
    environment = {**site.server.environment(), "NOTIFIER_DATABASE_URL": f"sqlite:///{directory}/other.db"}

    def started(*args: str, **more: str) -> tuple[int, str]:
        ended = Command("serve", "--port", str(port.number), *args, cwd=tmp_path, env=environment | more).completed()
        return ended.returncode, ended.stderr

    try:
        for host in ("0.0.0.0", "::", "192.0.2.1"):
            code, text = started("--open", "me", "--host", host)
            assert (code, "no loopback address" in text) == (2, True), (host, text)
        code, text = started("--open", "me", NOTIFIER_TRUSTED_PROXIES="1")
        assert (code, "TRUSTED_PROXIES" in text) == (2, True), text
        assert not list(directory.iterdir())
    finally:
        port.release()
