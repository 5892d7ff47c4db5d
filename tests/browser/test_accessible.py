"""Accessibility: axe's rules, keyboard, screen reader, phone and enlarged text."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.axe import assert_accessible
from tests.browser.conftest import ReadBy
from tests.browser.reader import Reader
from tests.site import Site

_PAGES = ("/notifications", "/notifications?status=unread&type=error&q=x", "/settings")
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def full(alice: Person, dana: Person) -> None:
    """Alice's inbox with a notification of each kind."""
    for type_, priority in (("info", "normal"), ("success", "high"), ("warning", "low"), ("error", "urgent")):
        action = {"label": "Watch Now", "url": "/settings"}
        dana.send(alice, title=f"A {type_}", message="With a text", type=type_, priority=priority, actions=[action])


@pytest.mark.usefixtures("full")
def test_axe_finds_no_violation(site: Site, read_by: ReadBy, alice: Person, dana: Person) -> None:
    reader = read_by(site, alice, reduced_motion="reduce")
    for path in _PAGES:
        tab = reader.open(path)
        assert_accessible(tab.page, path)
    for type_ in ("success", "warning", "error"):
        dana.send(alice, type=type_, title=f"Another {type_}", message="With a text")
    expect(tab.toasts).to_have_count(3)
    tab.open_bell()
    tab.page.locator("#inbox").get_by_role("button", name="Archive").first.click()
    expect(tab.page.locator("#undo").get_by_role("button", name="Undo")).to_be_visible()
    assert_accessible(tab.page, "the dropdown with an undo, and toasts")
    reader.context.set_offline(True)
    expect(tab.banner).to_be_visible()
    assert_accessible(tab.page, "the banner")


def test_axe_finds_no_violation_on_the_sign_in_page(site: Site, read_by: ReadBy, alice: Person) -> None:
    reader = read_by(site, alice)
    assert_accessible(reader.open("/notifications").page, "an empty inbox")
    stranger = read_by(site, alice, sign_in=False).open("/login", live=False)
    stranger.page.get_by_label("Username").fill("nobody")
    stranger.page.get_by_label("Password").fill("nothing")
    stranger.page.get_by_role("button", name="Sign in").click()
    assert_accessible(stranger.page, "a refused sign-in")


@pytest.mark.usefixtures("full")
def test_bell_works_by_keyboard(reader: Reader) -> None:
    tab = reader.open("/settings")
    press = tab.page.keyboard.press
    tab.bell.focus()
    press("Enter")
    expect(tab.page.locator("#inbox")).to_be_visible()
    seen: list[str] = []
    while "See all" not in seen and len(seen) < 60:
        press("Tab")
        seen.append(str(tab.page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()")))
    assert list(dict.fromkeys(name for name in seen if not name.startswith("Unread: "))) == [
        "Mark all as read",
        "Clear all",
        "More",
        "1 hour",
        "until tomorrow",
        "Watch Now",
        "Mark as read",
        "Archive",
        "See all",
    ]
    assert seen.count("Mark as read") == 4, "one for each item, in the order of the list"
    tab.page.locator("#inbox").get_by_role("button", name="Mark as read").first.focus()
    press("Enter")
    expect(tab.badge).to_have_text("3")
    assert tab.page.evaluate("document.activeElement.closest('.item') === document.querySelector('#inbox-list > .item')"), (
        "the focus stays in the item although the button is gone"
    )
    tab.page.locator("#inbox-list").get_by_role("button", name="Archive").first.focus()
    press("Space")
    expect(tab.items).to_have_count(3)
    assert tab.page.evaluate("document.activeElement.closest('.item') === document.querySelector('#inbox-list > .item')")
    for key in ("ArrowDown", "ArrowUp", "e"):
        press(key)
    expect(tab.items).to_have_count(2)
    press("u")
    expect(tab.badge).to_have_text("1")
    press("Escape")
    expect(tab.page.locator("#inbox")).to_be_hidden()
    expect(tab.bell).to_be_focused()


def test_arrivals_do_not_move_the_focus(reader: Reader, alice: Person, dana: Person) -> None:
    dana.send(alice, title="Held")
    tab = reader.open()
    tab.open_bell()
    held = tab.items.filter(has_text="Held").get_by_role("button", name="Archive")
    held.focus()
    dana.send(alice, title="New", type="error")
    expect(tab.items).to_have_count(2)
    expect(held).to_be_focused()


def test_new_count_is_announced_once(reader: Reader, alice: Person, dana: Person) -> None:
    """Screen readers speak the changes of a live region's text."""
    tab = reader.open()
    tab.page.evaluate(
        """() => {
            window.spoken = [];
            const region = document.querySelector('#announce');
            const speak = () => window.spoken.push(region.textContent.trim());
            new MutationObserver(speak).observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    expect(tab.page.locator("#announce")).to_have_attribute("role", "status")
    dana.send(alice)
    expect(tab.page.locator("#announce")).to_have_text("1 unread notification")
    tab.page.evaluate("dispatchEvent(new Event('online'))")
    dana.send(alice)
    expect(tab.page.locator("#announce")).to_have_text("2 unread notifications")
    tab.wait_for("live")
    assert tab.page.evaluate("window.spoken") == ["1 unread notification", "2 unread notifications"]


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("width", [320, 390, 640, 1280])
def test_pages_do_not_scroll_sideways(site: Site, read_by: ReadBy, alice: Person, dana: Person, width: int) -> None:
    """640 is a common screen enlarged to 200 %, 320 to 400 %."""
    dana.send(alice, title="W" * 200, message="w" * 500)
    reader = read_by(site, alice, viewport={"width": width, "height": 800})
    for path in _PAGES:
        tab = reader.open(path)
        tab.open_bell()
        for element in ("document.documentElement", "document.querySelector('#inbox')", "document.querySelector('#inbox-list')"):
            assert tab.page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth"), (path, element)


def test_dropdown_has_full_width_on_a_phone(site: Site, read_by: ReadBy, alice: Person) -> None:
    tab = read_by(site, alice, viewport=PHONE, is_mobile=True).open()
    tab.open_bell()
    box = tab.page.locator("#inbox").bounding_box()
    assert box is not None and box["width"] >= PHONE["width"] - 20


def test_arrivals_do_not_shift_the_layout(reader: Reader, alice: Person, dana: Person) -> None:
    """Only the lists themselves may shift."""
    dana.send(alice, type="error")
    tab = reader.open("/settings")
    tab.page.evaluate(
        """() => {
            window.shift = 0;
            new PerformanceObserver(list => list.getEntries().forEach(entry => window.shift += entry.value))
                .observe({ type: 'layout-shift', buffered: true });
        }"""
    )
    dana.send(alice, type="error")
    expect(tab.toasts).to_have_count(1)
    for _ in range(9):
        dana.send(alice)
    expect(tab.badge).to_have_text("9+")
    assert tab.page.evaluate("window.shift") < 0.01
