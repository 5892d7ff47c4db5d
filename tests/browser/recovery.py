"""What happens to a page in the tests of its recovery."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
from playwright.sync_api import BrowserContext, Page

from tests.browser.reader import Reader, Tab
from tests.servers import Notifier
from tests.waiting import eventually


def asked(reader: Reader, path: str) -> list[str]:
    return [request.url for request in reader.requests if request.url.split("?")[0].endswith(path)]


def restart(tab: Tab) -> None:
    """Make the page reconnect, as after a change of network."""
    tab.page.evaluate("dispatchEvent(new Event('online'))")


def show(tab: Tab, *, hidden: bool) -> None:
    tab.page.evaluate(
        """hidden => {
            Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        hidden,
    )


def expire(context: BrowserContext) -> None:
    """Expire the access token, but not the refresh token."""
    context.clear_cookies(name="access_token_cookie")


@contextmanager
def standing_still(server: Notifier) -> Iterator[None]:
    processes = [psutil.Process(pid) for pid in (server.pid, *server.workers())]
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(processes):
            os.kill(process.pid, signal.SIGCONT)


def run_until(page: Page, milliseconds: int, condition: Callable[[], object], within: float = 90) -> None:
    """Advance the page's clock in steps of `milliseconds` until `condition` is true."""

    def after_a_step() -> object:
        page.clock.run_for(milliseconds)
        return condition()

    eventually(after_a_step, within=within)
