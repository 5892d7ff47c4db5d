"""A user of a host application, on its page with the embedded bell."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.host_page import HostPage


class Visitor:
    """A browser on the host's page. `wrongs`: whatever the console printed."""

    def __init__(self, browser: Browser, host: HostPage) -> None:
        self.context: BrowserContext = browser.new_context(base_url=host.origin)
        self.context.set_default_timeout(10_000)
        self.wrongs: list[str] = []
        self.context.on("console", lambda message: self.wrongs.append(message.text))
        self.context.on("weberror", lambda error: self.wrongs.append(str(error.error)))
        self.context.on("dialog", lambda dialog: self.wrongs.append(f"dialog: {dialog.message}"))

    def open(self) -> Page:
        page = self.context.new_page()
        page.goto("/")
        return page


def bell(page: Page, unread: int) -> None:
    name = f"Notifications ({unread} unread)" if unread else "Notifications"
    expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
