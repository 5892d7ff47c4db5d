"""Chromium, and readers: users with a browser each.

Every page is observed while a test runs: a dialog, a script error, a request to another site or a violation of the content security policy
fails the test, whatever its subject.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.api_client import Person
from tests.browser.chromium import ChromiumMissing, launch_options
from tests.browser.engine_pages import EnginePage
from tests.browser.engines import ChromiumWindow, EngineMissing, Window, open_engine
from tests.browser.host_page import TOKEN_PATH, HostPage
from tests.browser.reader import Reader
from tests.browser.visitor import Visitor
from tests.databases import Databases
from tests.site import Site
from tests.waiting import eventually

PATIENCE_MS = 10_000

ReadBy = Callable[..., Reader]

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    try:
        return launch_options()
    except ChromiumMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: what a browser shows does not depend on the database."""
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    """Heartbeats so short that tests can wait for the watchdog, two and a half of them."""
    return {"HEARTBEAT_SECONDS": 1}


@pytest.fixture
def read_by(browser: Browser) -> Iterator[ReadBy]:
    """Open a browser for a user; `options` are those of `Browser.new_context`."""
    with ExitStack() as seated:

        def seat(site: Site, person: Person, **options: Any) -> Reader:
            return seated.enter_context(Reader(browser, site, person, **options))

        yield seat


@pytest.fixture
def reader(read_by: ReadBy, site: Site, alice: Person) -> Reader:
    """Alice, signed in, with no page open yet."""
    return read_by(site, alice)


@pytest.fixture(scope="module")
def engine_window(engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A browser of `engine`, shared by the tests of a module: Firefox takes seconds to start."""
    if engine == "chromium":
        with closing(ChromiumWindow(request.getfixturevalue("browser"))) as window:
            yield window
        return
    try:
        with open_engine(engine, tmp_path_factory.mktemp(engine)) as found:
            yield found
    except EngineMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture
def engine_page(engine_window: Window, site: Site) -> Iterator[EnginePage]:
    yield EnginePage(engine_window, site)
    engine_window.go("about:blank")


@pytest.fixture(scope="module")
def host() -> Iterator[HostPage]:
    """A page of another site. A module that uses it has `host.settings`."""
    with HostPage() as host:
        yield host


@pytest.fixture
def visitor(browser: Browser, host: HostPage, site: Site, alice: Person) -> Iterator[Visitor]:
    """Alice on the page of `host`, without a page open yet. Nothing may be printed to her console."""
    host.token = lambda: alice.token
    host.show(site.url, token_url=TOKEN_PATH, heartbeat="1")
    visitor = Visitor(browser, host)
    yield visitor
    visitor.context.close()
    assert not visitor.wrongs
    eventually(lambda: site.server.metric("sse_connections_total") == 0)
