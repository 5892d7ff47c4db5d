"""The embedded bell in Chromium, Firefox and WebKit: part of `make browsers`, not of `make test`."""

from __future__ import annotations

import pytest

from tests.api_client import Person
from tests.browser.engine_pages import EnginePage
from tests.browser.engines import NAMES
from tests.browser.host_page import TOKEN_PATH, HostPage
from tests.site import Site
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("engine", NAMES, scope="module")

ARABIC = "تم رفع الملف بنجاح!"
_ROOT = "const root = document.querySelector('notifier-bell')?.shadowRoot; "


@pytest.fixture(scope="module")
def settings(host: HostPage) -> dict[str, object]:
    return host.settings


class Embedded:
    """The page of `host` in any engine. Scripts see the bell's shadow root as `root`."""

    def __init__(self, page: EnginePage, host: HostPage) -> None:
        self._page = page
        page.window.go(host.origin)

    def until(self, condition: str, *args: object) -> None:
        self._page.until(_ROOT + f"return Boolean(root && ({condition}))", *args)

    def click(self, selector: str) -> None:
        self.until("root.querySelector(arguments[0])", selector)
        self._page.window.run(_ROOT + "root.querySelector(arguments[0]).click()", selector)

    def until_unread(self, count: int) -> None:
        self.until("root.querySelector('.badge').textContent === arguments[0]", str(count))

    def address(self) -> str:
        return str(self._page.window.run("return location.href"))


def test_bell_lists_marks_and_follows_in_each_engine(
    engine_page: EnginePage, host: HostPage, site: Site, alice: Person, dana: Person
) -> None:
    host.token = lambda: alice.token
    host.show(site.url, token_url=TOKEN_PATH, heartbeat="1")
    dana.send(alice, title="before")
    page = Embedded(engine_page, host)
    page.until_unread(1)
    eventually(lambda: site.server.metric("sse_connections_total") == 1)

    dana.send(alice, title=ARABIC, type="success", actions=[{"label": "Track", "url": "/orders/7"}])
    page.until("root.querySelector('.toast .title')?.textContent === arguments[0]", ARABIC)
    page.until_unread(2)

    page.click(".bell")
    page.until("root.querySelector('.panel').matches(':popover-open')")
    page.until("root.querySelector('.panel li').getBoundingClientRect().height > 20")
    page.until("getComputedStyle(root.querySelector('li .title')).direction === 'rtl'")
    page.click("li:nth-child(2) [title='Mark as read']")
    page.until_unread(1)

    page.click("li .action")
    eventually(lambda: page.address() == f"{host.origin}/orders/7")
    eventually(lambda: alice.get("/api/notifications/unread-count").json()["unread_count"] == 0)


def test_question_is_answered_in_each_engine(engine_page: EnginePage, host: HostPage, site: Site, alice: Person, dana: Person) -> None:
    host.token = lambda: alice.token
    host.show(site.url, token_url=TOKEN_PATH, heartbeat="1")
    asked = dana.send(alice, title="Which?", actions=[{"label": "Your answer", "reply": True}])["id"]
    page = Embedded(engine_page, host)
    page.click(".bell")
    page.until("root.querySelector('textarea')")
    page.click("summary")
    page.until("root.querySelector('textarea').value = 'This'")
    page.click("form button")
    page.until("root.querySelector('li').textContent.includes('You answered: This')")

    assert [reply["text"] for reply in dana.get(f"/api/notifications/{asked}/replies").json()] == ["This"]
