"""Blocked streams: the page polls beside its retries, and finds notifications within 12 s."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.api_client import Person
from tests.browser.reader import Reader, Tab
from tests.browser.recovery import run_until

_FOUND_WITHIN_MS = 12_000
_SILENT = """
    const fetched = window.fetch;
    window.fetch = async (address, options) => {
        if (!String(address).endsWith('/stream')) return fetched(address, options);
        const start = (held) => options.signal.addEventListener('abort', () => held.error(new DOMException('', 'AbortError')));
        return new Response(new ReadableStream({ start }), { headers: { 'Content-Type': 'text/event-stream' } });
    };"""


def refuse(context: BrowserContext) -> None:
    context.route("**/stream", lambda route: route.abort())


def hold(context: BrowserContext) -> None:
    """Hold the response back, like a proxy that forwards only complete responses."""
    context.route("**/stream", lambda route: None)


def answer_and_stay_silent(context: BrowserContext) -> None:
    context.add_init_script(_SILENT)


@pytest.mark.parametrize("block", [refuse, hold, answer_and_stay_silent])
def test_notification_is_found_within_twelve_seconds(block: object, reader: Reader, alice: Person, dana: Person) -> None:
    assert callable(block)
    block(reader.context)
    page = reader.context.new_page()
    page.clock.install()
    tab = Tab(reader, page)
    for number, path in enumerate(("/notifications", "/settings"), 1):
        page.goto(path)
        expect(tab.dot).not_to_have_attribute("data-conn", "offline")
        dana.send(alice, title=f"Number {number}")
        for _ in range(_FOUND_WITHIN_MS // 1000):
            page.clock.run_for(1000)
        expect(tab.badge).to_have_text(str(number))
        tab.assert_true()


def test_tab_that_had_to_poll_shows_it_on_its_next_page(reader: Reader, alice: Person, dana: Person) -> None:
    refuse(reader.context)
    page = reader.context.new_page()
    page.clock.install()
    tab = Tab(reader, page)
    page.goto("/notifications")
    tab.wait_for("reconnecting")
    run_until(page, 1000, lambda: page.evaluate("sessionStorage.getItem('notifier:polled')"))

    page.goto("/settings")
    tab.wait_for("polling")
    expect(tab.banner).to_be_hidden()

    reader.context.unroute("**/stream")
    run_until(page, 1000, lambda: tab.dot.get_attribute("data-conn") == "live")
    assert page.evaluate("sessionStorage.getItem('notifier:polled')") is None
