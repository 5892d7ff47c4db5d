"""The pages in any of the three browser engines."""

from __future__ import annotations

from tests.api_client import Person
from tests.browser.engines import Window
from tests.people import PASSWORD
from tests.site import Site
from tests.waiting import eventually

PATIENCE_SECONDS = 30.0


class EnginePage:
    """A page of `site` in `window`, whatever its engine."""

    def __init__(self, window: Window, site: Site) -> None:
        self.window = window
        self.site = site

    def open(self, path: str) -> None:
        self.window.go(self.site.url + path)

    def sign_in(self, person: Person) -> None:
        self.open("/login")
        self.window.fill("[name=username]", person.name)
        self.window.fill("[name=password]", PASSWORD)
        self.window.click("main button")
        self.until("return location.pathname === '/notifications'")

    def until(self, condition: str, *args: object) -> None:
        """Wait until the script `condition`, a function body, returns true."""
        eventually(lambda: self.window.run(condition, *args), within=PATIENCE_SECONDS, why=lambda: condition)

    def until_live(self) -> None:
        self.until("return document.querySelector('#conn')?.dataset.conn === 'live'")

    def until_unread(self, count: int) -> None:
        label = f"Notifications ({count} unread)" if count else "Notifications"
        self.until("return document.querySelector('#bell')?.getAttribute('aria-label') === arguments[0]", label)

    def label(self) -> str:
        """The bell's accessible name."""
        return str(self.window.run("return document.querySelector('#bell').getAttribute('aria-label')"))
