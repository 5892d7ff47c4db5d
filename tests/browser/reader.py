"""A user at a browser: what the pages show, and what the user does."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.api_client import Person
from tests.people import PASSWORD
from tests.site import Site
from tests.waiting import eventually

PATIENCE_SECONDS = 10.0
WORDS = {"live": "Connected", "reconnecting": "Reconnecting", "polling": "Checking from time to time", "offline": "Not connected"}
_BREACH = re.compile("Content Security Policy|CSP", re.IGNORECASE)


class Reader:
    """A browser in which `person` is signed in, with any number of tabs.

    Use it as a context manager, which closes the browser. What no page may do in any test is collected in `wrongs`, and fails the test at
    the end.
    """

    def __init__(self, browser: Browser, site: Site, person: Person, *, sign_in: bool = True, **options: Any) -> None:
        self.site = site
        self.person = person
        self.url = options.pop("base_url", site.url)
        self.context: BrowserContext = browser.new_context(base_url=self.url, **options)
        self.context.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.wrongs: list[str] = []
        self.requests: list[Request] = []
        self.context.on("page", self._watch)
        self.context.on("request", self._asked)
        self.context.on("dialog", lambda dialog: self.wrongs.append(f"dialog: {dialog.message}"))
        self.context.on("weberror", lambda error: self.wrongs.append(f"script: {error.error}"))
        self.context.on("console", self._printed)
        if sign_in:
            self.sign_in()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.context.close()
        if kind is None:
            assert not self.wrongs, self.wrongs

    @property
    def page(self) -> Page:
        """The tab opened last."""
        return self.context.pages[-1]

    def sign_in(self) -> None:
        """Post the sign-in form's request without showing the form."""
        self.context.request.post("/login", form={"username": self.person.name, "password": PASSWORD}, fail_on_status_code=True)

    def open(self, path: str = "/notifications", *, live: bool = True) -> Tab:
        """Open a new tab. With `live`, wait until it shows that it is connected."""
        tab = Tab(self, self.context.new_page())
        tab.page.goto(path)
        if live:
            tab.wait_for("live")
        return tab

    def streams(self) -> int:
        """Number of open streams of all users, as the server counts them."""
        return int(self.site.server.metric("sse_connections_total"))

    def _watch(self, page: Page) -> None:
        page.on("crash", lambda _: self.wrongs.append("crash"))

    def _asked(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith((self.url, "data:", "blob:", "about:", "chrome-error:")):
            self.wrongs.append(f"foreign request: {request.url}")

    def _printed(self, message: ConsoleMessage) -> None:
        if _BREACH.search(message.text):
            self.wrongs.append(message.text)


class Tab:
    """One open page. Every query is answered from what the page shows."""

    def __init__(self, reader: Reader, page: Page) -> None:
        self.reader = reader
        self.page = page
        self.bell: Locator = page.locator("#bell")
        self.badge: Locator = page.locator("#badge")
        self.dot: Locator = page.locator("#conn")
        self.items: Locator = page.locator("#inbox-list > .item")
        self.history: Locator = page.locator("#history .item")
        self.toasts: Locator = page.locator(".toast")
        self.banner: Locator = page.locator("#banner")

    def wait_for(self, state: str) -> None:
        """Wait until the dot has `state`, in its attribute and its text; a page that reconnects waits up to 30 s."""
        expect(self.dot).to_have_attribute("data-conn", state, timeout=40_000)
        expect(self.dot).to_have_text(WORDS[state])

    def leads(self) -> bool:
        """Whether this tab holds the stream."""
        return self.page.locator("#stream[data-leads]").count() == 1

    def titles(self) -> list[str]:
        """Titles in the dropdown, from the top."""
        return [title.removeprefix("Unread: ") for title in self._texts("#inbox-list > .item .item-title")]

    def toast_titles(self) -> list[str]:
        return self._texts(".toast .toast-title")

    def open_bell(self) -> None:
        self.bell.click()
        expect(self.page.locator("#inbox")).to_be_visible()

    def is_true(self) -> bool:
        """Whether badge, list and order match the database."""
        return self.shown() == self.truth()

    def assert_true(self, story: str = "") -> None:
        eventually(self.is_true, within=PATIENCE_SECONDS, why=lambda: f"{story} shown {self.shown()}, true {self.truth()}")

    def shown(self) -> tuple[str, list[tuple[str, str]]]:
        """Badge and items, read at the same moment."""
        badge, items = self.page.evaluate(
            """() => [
                document.querySelector('#badge:not([hidden])')?.textContent.trim() ?? '',
                [...document.querySelectorAll('#inbox-list > .item')].map((item) => [item.id.slice(2), item.dataset.status]),
            ]"""
        )
        return badge, [(id_, status) for id_, status in items]

    def truth(self) -> tuple[str, list[tuple[str, str]]]:
        answer = self.reader.person.get("/api/notifications?limit=20")
        unread = int(answer.headers["X-Unread-Count"])
        return ("" if unread == 0 else str(unread) if unread < 10 else "9+"), [(item["id"], item["status"]) for item in answer.json()]

    def _texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_text_contents()]
