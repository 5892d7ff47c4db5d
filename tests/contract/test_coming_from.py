"""The guide for migration from an older system works as described."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from notifier import create_app
from tests.api_client import Person
from tests.contract.browser_client import sign_in
from tests.databases import Databases
from tests.servers.notifier import ROOT
from tests.sessions import begin, move
from tests.site import Site

MANUAL = (ROOT / "docs/coming-from.md").read_text()

Publish = Callable[[str, str, dict[str, Any]], bool]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: clients do not notice the database."""
    return sqlite_databases


@pytest.fixture
def publish_notification() -> Publish:
    """The function from the guide."""
    (code,) = re.findall(r"```python\n(.*?def publish_notification.*?)```", MANUAL[MANUAL.index("## Vividly") :], re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    publish: Publish = names["publish_notification"]
    return publish


def test_worker_in_process_publishes_to_the_stream(site: Site, alice: Person, publish_notification: Publish) -> None:
    stream = alice.stream("/api/v1/notifications/stream")
    stream.next()
    payload = {"content_id": "7", "title": "Video Ready!", "video_url": "/video/7", "error_message": None}
    with site.elsewhere():
        assert publish_notification(alice.id, "video_complete", payload) is True

    assert stream.next().json["payload"] == {"content_id": "7", "title": "Video Ready!", "video_url": "/video/7"}


@pytest.mark.parametrize(("user", "payload"), [("nobody", {"title": "T"}), (None, {"title": "T"}), ("alice", {"title": "a\0b"})])
def test_failed_publish_is_logged_and_returns_false(
    site: Site, alice: Person, publish_notification: Publish, user: Any, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with site.elsewhere():
        assert publish_notification(alice.id if user == "alice" else user, "video_complete", payload) is False

    assert [record.name for record in caplog.records] == ["worker"]
    assert alice.get("/api/notifications").json() == []


def test_unavailable_database_returns_false(publish_notification: Publish, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app({"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nowhere", "SECRET_KEY": "x" * 32})
    with app.app_context():
        assert publish_notification("anybody", "video_complete", {"title": "T"}) is False

    assert "worker" in [record.name for record in caplog.records]


def test_page_watches_a_session_in_four_lines(site: Site, alice: Person, dana: Person, page: Page) -> None:
    (code,) = re.findall(r"```js\n(.*?)```", MANUAL, re.DOTALL)
    session = begin(dana, alice)
    sign_in(page, site, alice.name)
    page.goto(f"{site.url}/healthz")
    page.evaluate(
        f"""id => {{
        const bar = document.createElement("progress");
        bar.max = 100;
        {code}
        Object.assign(window, {{ bar, source }});
    }}""",
        session,
    )
    move(dana, session, "working", 45)
    page.wait_for_function("() => window.bar.value === 45")
    move(dana, session, "processed")

    page.wait_for_function("() => window.bar.value === 100 && window.source.readyState === EventSource.CLOSED")


@pytest.mark.parametrize("link", re.findall(r"\]\(\.\./([^)]+)\)", MANUAL))
def test_links_of_the_manual_resolve(link: str) -> None:
    assert (ROOT / link).exists()
