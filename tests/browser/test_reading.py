"""Reading undisturbed: what arrives waits while a list is read; filters while typing; selection with exact counts."""

from __future__ import annotations

import json

from playwright.sync_api import Browser, expect

from notifier.services.messages import send
from notifier.services.messages.send import Draft
from tests.api_client import Person
from tests.browser.conftest import ReadBy
from tests.browser.reader import Reader
from tests.site import Site
from tests.waiting import eventually

_SHIFTS = """() => {
    window.shifted = [];
    new PerformanceObserver((list) => {
        for (const { sources } of list.getEntries()) window.shifted.push(...sources.map(({ node }) => node?.closest?.('#inbox')?.id));
    }).observe({ type: 'layout-shift' });
}"""
# Until the page has handled it: the browser reports a scroll in its next frame, which a busy machine draws after the first arrivals.
_SCROLL = """() => new Promise((scrolled) => {
    addEventListener('scroll', () => requestAnimationFrame(scrolled), { once: true });
    scrollTo(0, 400);
})"""


def test_arrivals_move_nothing_under_the_pointer(reader: Reader, alice: Person, dana: Person) -> None:
    for number in range(8):
        dana.send(alice, title=f"No. {number}")
    tab = reader.open()
    tab.open_bell()
    read = tab.items.nth(3)
    read.hover()
    before = read.bounding_box()
    tab.page.evaluate(_SHIFTS)
    for number in range(5):
        dana.send(alice, title=f"Arrival {number}", type="error")
    news = tab.page.locator("#inbox").get_by_role("button", name="5 new")
    expect(news).to_be_visible()
    assert tab.items.filter(has_text="No. 4").bounding_box() == before
    assert "inbox" not in tab.page.evaluate("shifted")

    news.click()

    expect(tab.items.filter(has_text="Arrival 4")).to_be_visible()
    expect(news).to_be_hidden()
    tab.assert_true()


def test_history_counts_arrivals_while_it_is_scrolled(reader: Reader, alice: Person, dana: Person) -> None:
    for number in range(20):
        dana.send(alice, title=f"No. {number}", message="In two lines")
    tab = reader.open()
    tab.page.evaluate(_SCROLL)
    for number in range(3):
        dana.send(alice, title=f"Arrival {number}")
    news = tab.page.locator("#history").get_by_role("button", name="3 new")
    expect(news).to_be_visible()
    assert tab.page.evaluate("scrollY") == 400

    news.click()

    expect(tab.history.filter(has_text="Arrival 2")).to_be_visible()
    assert tab.page.evaluate("scrollY") == 0


def test_filtered_history_counts_what_matches_while_it_is_read(reader: Reader, alice: Person, dana: Person) -> None:
    for number in range(3):
        dana.send(alice, title=f"Tea {number}")
    tab = reader.open("/notifications?status=unread&q=tea")
    tab.page.get_by_label("Search").press("ArrowDown")
    expect(tab.history.first.locator("summary")).to_be_focused()
    tab.page.get_by_role("link", name="Skip to content").press("Enter")
    tab.page.keyboard.press("ArrowDown")
    expect(tab.history.first.locator("summary")).to_be_focused()
    before = tab.history.nth(1).bounding_box()
    for title in ("Tea 3", "Coffee", "Tea 4"):
        dana.send(alice, title=title)
    news = tab.page.locator("#history").get_by_role("button", name="2 new")
    expect(news).to_be_visible()
    assert tab.history.filter(has_text="Tea 1").bounding_box() == before

    news.click()

    expect(tab.history).to_have_count(5)
    expect(tab.history.first.locator("summary")).to_be_focused()
    tab.page.get_by_label("Search").fill("coffee")
    expect(tab.history).to_have_count(1)
    expect(tab.history).to_be_visible()


def test_history_behind_the_open_panel_does_not_move(reader: Reader, alice: Person, dana: Person) -> None:
    dana.send(alice, title="Old")
    tab = reader.open()
    tab.open_bell()
    old = tab.history.filter(has_text="Old")
    before = old.bounding_box()
    dana.send(alice, title="New")
    expect(tab.page.locator("#history .news")).to_have_text("1 new")
    assert old.bounding_box() == before

    tab.page.keyboard.press("Escape")

    expect(tab.history.filter(has_text="New")).to_be_visible()


def test_search_filters_while_typing_and_the_address_follows(reader: Reader, alice: Person, dana: Person) -> None:
    for title in ("Tea", "Coffee", "Teapot"):
        dana.send(alice, title=title)
    tab = reader.open()
    tab.page.get_by_label("Search").press_sequentially("tea")
    expect(tab.history).to_have_count(2)
    expect(tab.page.locator("#list-count")).to_have_text("2 of 3")
    eventually(lambda: tab.page.url.endswith("/notifications?q=tea"))

    tab.page.get_by_role("link", name="Unread").click()

    expect(tab.page.get_by_label("Search")).to_have_value("tea")
    expect(tab.history).to_have_count(2)


def test_selection_names_and_changes_exactly_what_is_ticked(reader: Reader, alice: Person, dana: Person) -> None:
    ids = [dana.send(alice, title=f"No. {number}")["id"] for number in range(5)]
    alice.patch(f"/api/notifications/{ids[1]}", json={"status": "read"})
    tab = reader.open()
    boxes = tab.history.get_by_label("Select")
    boxes.nth(1).check()
    boxes.nth(3).click(modifiers=["Shift"])
    bar = tab.page.get_by_role("group", name="Selected notifications")
    expect(bar.get_by_role("button", name="Mark 2 as read")).to_be_visible()
    expect(bar.get_by_role("button", name="Archive 3")).to_be_visible()
    dana.send(alice, title="Later")
    expect(tab.history).to_have_count(6)

    bar.get_by_role("button", name="Archive 3").click()

    expect(tab.history).to_have_count(3)
    expect(bar).to_be_hidden()
    tab.page.locator("#undo-toast").get_by_role("button", name="Undo").click()
    expect(tab.history).to_have_count(6)
    assert [item["status"] for item in reversed(alice.get("/api/notifications").json())] == ["unread", "read", *["unread"] * 4]


def test_arrival_does_not_restyle_every_row(read_by: ReadBy, browser: Browser, site: Site, alice: Person, dana: Person) -> None:
    """Counted, since time depends on the load: four elements a row when a rule under `:has()` ends in any element, else one."""
    rows = 200
    with site.elsewhere():
        for number in range(rows):
            send.send(Draft(to=alice.address, title=f"No. {number}", priority="low"))
    tab = read_by(site, alice, viewport={"width": 1280, "height": 300}).open(f"/notifications?limit={rows}")
    expect(tab.history).to_have_count(rows)
    browser.start_tracing(page=tab.page, categories=["devtools.timeline"])
    dana.send(alice, title="Arrival")
    expect(tab.history.filter(has_text="Arrival")).to_be_visible()
    events = json.loads(browser.stop_tracing())["traceEvents"]

    restyled = [event["args"]["elementCount"] for event in events if "elementCount" in event["args"]]

    assert restyled and max(restyled) < 2 * rows
