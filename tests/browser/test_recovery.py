"""Recovery of a page from faults: without a reload, badge, list and order match the database."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.reader import Reader, Tab
from tests.browser.recovery import expire, restart, show, standing_still
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
