"""Recovery of a page from faults: without a reload, badge, list and order match the database."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.api_client import Person
from tests.browser.reader import Reader, Tab
from tests.servers import Notifier
from tests.site import Site
from tests.waiting import eventually


@pytest.fixture
def tab(reader: Reader) -> Tab:
    """A connected tab."""
    return reader.open()


def test_message_between_rendering_and_connecting_is_not_lost(reader: Reader, alice: Person, dana: Person) -> None:
    reader.context.route("**/stream", lambda route: (dana.send(alice, title="Between"), route.continue_()))
    tab = reader.open()
    expect(tab.badge).to_have_text("1")
    tab.assert_true()


def test_page_reconnects_to_a_killed_server(tab: Tab, site: Site, alice: Person, dana: Person) -> None:
    dana.send(alice, title="Before")
    site.server.restart()
    dana.send(alice, title="After")
    expect(tab.badge).to_have_text("2", timeout=30_000)
    tab.wait_for("live")
    tab.assert_true()


def test_page_catches_up_with_a_stopped_server(tab: Tab, site: Site, alice: Person, dana: Person) -> None:
    """The connection stays open, but nothing arrives: the page's watchdog notices."""
    with standing_still(site.server):
        tab.wait_for("reconnecting")
        expect(tab.banner).to_be_visible()
    dana.send(alice)
    expect(tab.badge).to_have_text("1", timeout=30_000)
    tab.wait_for("live")
    expect(tab.banner).to_be_hidden()
    tab.assert_true()


@pytest.mark.parametrize("status", [500, 503, 404])
def test_refused_first_connection_is_retried(reader: Reader, alice: Person, dana: Person, status: int) -> None:
    """The body of the error response is not put into the page."""
    answer = {"status": status, "content_type": "text/html", "body": "<h1 id='refused'>No</h1>"}
    reader.context.route("**/stream", lambda route: route.fulfill(**answer), times=2)
    tab = reader.open()
    dana.send(alice)
    tab.assert_true()
    assert tab.page.locator("#refused").count() == 0


def test_error_answer_is_not_swapped_into_the_page(reader: Reader) -> None:
    """Captive portals answer every request with a page of their own."""
    reader.context.route("**/stream", lambda route: route.fulfill(content_type="text/html", body="<h1 id='hotel'>Pay</h1>"), times=1)
    tab = reader.open()
    assert tab.page.locator("#hotel").count() == 0


def test_expired_sign_in_is_refreshed_silently(tab: Tab, alice: Person, dana: Person) -> None:
    expire(tab.reader.context)
    restart(tab)
    dana.send(alice)
    tab.wait_for("live")
    tab.assert_true()
    tab.open_bell()
    tab.page.get_by_role("button", name="Mark all as read").click()
    expect(tab.badge).to_be_hidden()


def test_signed_out_page_goes_to_sign_in(tab: Tab) -> None:
    tab.page.goto("/notifications?status=unread")
    tab.wait_for("live")
    tab.reader.context.clear_cookies()
    restart(tab)
    tab.page.wait_for_url("**/login?next=%2Fnotifications%3Fstatus%3Dunread")


def test_hidden_tab_stays_current(tab: Tab, alice: Person, dana: Person) -> None:
    """A headless browser hides no tab, so `document.hidden` is overridden."""
    show(tab, hidden=True)
    dana.send(alice, title="Unseen")
    tab.assert_true()
    show(tab, hidden=False)
    tab.wait_for("live")
    tab.assert_true()


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


def test_lost_network_is_shown_and_its_return_noticed(tab: Tab, alice: Person, dana: Person) -> None:
    tab.reader.context.set_offline(True)
    tab.wait_for("offline")
    expect(tab.dot).to_have_attribute("title", "Not connected")
    expect(tab.banner).to_be_visible()
    dana.send(alice, title="Meanwhile")
    tab.reader.context.set_offline(False)
    tab.wait_for("live")
    expect(tab.banner).to_be_hidden()
    tab.assert_true()


def test_short_loss_shows_no_banner(tab: Tab) -> None:
    tab.page.evaluate(
        """() => {
            window.banners = 0;
            new MutationObserver(() => window.banners++).observe(document.querySelector('#banner'), { attributeFilter: ['hidden'] });
        }"""
    )
    restart(tab)
    tab.wait_for("live")
    assert tab.page.evaluate("window.banners") == 0 or tab.banner.is_hidden()


def test_back_button_shows_the_current_state(tab: Tab, alice: Person, dana: Person) -> None:
    tab.page.goto("/settings")
    dana.send(alice, title="Meanwhile")
    tab.page.go_back()
    tab.wait_for("live")
    tab.assert_true()


def test_page_from_the_bfcache_reloads_its_lists(tab: Tab, alice: Person, dana: Person) -> None:
    """The events are dispatched by hand, since not every Chromium keeps such pages."""
    tab.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    eventually(lambda: tab.reader.streams() == 0)
    dana.send(alice, title="Meanwhile")
    tab.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    tab.wait_for("live")
    tab.assert_true()
    assert tab.reader.streams() == 1


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


def test_heartbeat_reveals_a_lost_event(reader: Reader, alice: Person, dana: Person) -> None:
    """Other tests show that no event is lost; if one were, the page would correct itself."""
    tab = reader.open()
    tab.page.evaluate(
        """() => document.addEventListener('htmx:sse:before:message', (event) => {
            if (window.lost || event.detail.message.event) return;
            window.lost = true;
            event.preventDefault();
        })"""
    )
    dana.send(alice)
    tab.assert_true()
    assert tab.page.evaluate("window.lost")


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


def run_until(page: Page, milliseconds: int, condition: Callable[[], object], within: float = 30) -> None:
    """Advance the page's clock in steps of `milliseconds` until `condition` is true."""

    def after_a_step() -> object:
        page.clock.run_for(milliseconds)
        return condition()

    eventually(after_a_step, within=within)
