"""Recovery of a page as time passes, on a clock that the test sets forward."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.reader import Reader, Tab
from tests.browser.recovery import asked, restart, run_until, show
from tests.waiting import eventually


@pytest.fixture
def tab(reader: Reader) -> Tab:
    """A connected tab."""
    return reader.open()


def with_a_clock(reader: Reader) -> Tab:
    """A tab with a fake clock, which does not advance by itself."""
    page = reader.context.new_page()
    page.clock.install()
    tab = Tab(reader, page)
    page.goto("/notifications")
    tab.wait_for("live")
    return tab


def test_visible_tab_reconnects_at_once(reader: Reader) -> None:
    tab = with_a_clock(reader)
    page = tab.page
    show(tab, hidden=True)
    reader.context.route("**/stream", lambda route: route.abort())
    restart(tab)
    run_until(page, 2000, lambda: len(asked(reader, "/stream")) >= 5)
    reader.context.unroute("**/stream")
    show(tab, hidden=False)
    tab.wait_for("live")  # while the page's clock does not advance


def test_clock_change_is_harmless(reader: Reader, alice: Person, dana: Person) -> None:
    tab = with_a_clock(reader)
    page = tab.page
    for jump in ("2030-01-01", "2020-01-01"):
        page.clock.set_system_time(jump)
        dana.send(alice)
        page.clock.run_for(6000)
        tab.wait_for("live")
        tab.assert_true()


def test_woken_machine_reconnects_at_once(reader: Reader) -> None:
    tab = with_a_clock(reader)
    page = tab.page
    before = len(asked(reader, "/stream"))
    page.clock.fast_forward("08:00:00")
    eventually(lambda: len(asked(reader, "/stream")) > before, within=10)
    tab.wait_for("live")


def test_page_polls_and_offers_reconnect_after_ten_failures(reader: Reader, alice: Person, dana: Person) -> None:
    """With a fake clock; retries and polls are counted by the browser's requests."""
    page = reader.context.new_page()
    page.clock.install()
    reader.context.route("**/stream", lambda route: route.abort())
    tab = Tab(reader, page)
    page.goto("/notifications")
    run_until(page, 5000, lambda: tab.dot.get_attribute("data-conn") == "polling", within=60)
    assert len(asked(reader, "/stream")) == 10
    expect(tab.banner).to_be_visible()
    dana.send(alice, title="Found by looking")
    run_until(page, 1000, lambda: tab.is_true())
    looks = len(asked(reader, "/poll"))
    run_until(page, 5000, lambda: len(asked(reader, "/poll")) > looks)
    assert len(asked(reader, "/stream")) == 10, "the stream is not retried before two minutes are over"
    run_until(page, 10_000, lambda: len(asked(reader, "/stream")) == 11)
    reader.context.unroute("**/stream")
    tab.page.get_by_role("button", name="Reconnect").click()
    tab.wait_for("live")
    expect(tab.banner).to_be_hidden()
    tab.assert_true()


def test_buffering_proxy_is_noticed(reader: Reader) -> None:
    """The stream is open, but no byte of it arrives."""
    page = reader.context.new_page()
    page.clock.install()
    reader.context.add_init_script(
        """const fetched = window.fetch;
        window.fetch = async (address, options) => {
            if (!String(address).endsWith('/stream')) return fetched(address, options);
            const start = (held) => options.signal.onabort = () => held.error(new DOMException('', 'AbortError'));
            const body = new ReadableStream({ start });
            window.held = (window.held ?? 0) + 1;
            return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
        };"""
    )
    tab = Tab(reader, page)
    page.goto("/notifications")
    run_until(page, 5000, lambda: page.evaluate("window.held") >= 3)
    assert tab.dot.get_attribute("data-conn") == "reconnecting"


def test_count_is_checked_each_minute_with_etag(reader: Reader) -> None:
    tab = with_a_clock(reader)
    page = tab.page
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status) if answer.url.endswith("/unread-count") else None)
    run_until(page, 5000, lambda: len(statuses) >= 2)
    assert statuses[:2] == [200, 304]
