"""Without JavaScript every page can be read and used: forms, links and a native popover."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.conftest import ReadBy
from tests.browser.reader import Reader, Tab
from tests.people import PASSWORD
from tests.site import Site


@pytest.fixture
def plain(site: Site, read_by: ReadBy, alice: Person) -> Reader:
    """A browser with JavaScript turned off."""
    return read_by(site, alice, java_script_enabled=False)


def reload(tab: Tab) -> None:
    tab.page.goto("/notifications")


def test_sign_in_and_out_without_scripts(site: Site, read_by: ReadBy, alice: Person) -> None:
    tab = read_by(site, alice, sign_in=False, java_script_enabled=False).open("/settings", live=False)
    tab.page.get_by_label("Username").fill(alice.name)
    tab.page.get_by_label("Password").fill("wrong")
    tab.page.get_by_role("button", name="Sign in").click()
    expect(tab.page.get_by_role("alert")).to_be_visible()
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Sign in").click()
    expect(tab.page).to_have_url(f"{site.url}/settings")
    tab.page.get_by_role("button", name="Sign out").click()
    expect(tab.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_bell_opens_and_marks_one_without_scripts(plain: Reader, alice: Person, dana: Person) -> None:
    dana.send(alice, title="First")
    dana.send(alice, title="Second")
    tab = plain.open(live=False)
    expect(tab.badge).to_have_text("2")
    tab.open_bell()
    tab.page.locator("#inbox").get_by_role("button", name="Mark as read").first.click()
    expect(tab.page).to_have_url(f"{plain.url}/notifications")
    expect(tab.badge).to_have_text("1")
    tab.open_bell()
    tab.page.get_by_role("button", name="Mark all as read").click()
    expect(tab.badge).to_be_hidden()


def test_clear_and_undo_without_scripts(plain: Reader, alice: Person, dana: Person) -> None:
    for title in ("First", "Second"):
        dana.send(alice, title=title)
    tab = plain.open(live=False)
    tab.open_bell()
    tab.page.get_by_role("button", name="Clear all").click()
    expect(tab.history).to_have_count(0)
    tab.page.locator("main").get_by_role("button", name="Undo").click()
    expect(tab.history).to_have_count(2)
    expect(tab.badge).to_have_text("2")


def test_history_filters_and_pages_without_scripts(plain: Reader, alice: Person, dana: Person) -> None:
    for number in range(22):
        dana.send(alice, title=f"No. {number}", type="success" if number % 2 else "info")
    tab = plain.open(live=False)
    expect(tab.history).to_have_count(20)
    tab.page.get_by_role("link", name="Load more").click()
    expect(tab.history).to_have_count(2)
    reload(tab)
    tab.page.get_by_label("Type").select_option("success")
    tab.page.get_by_role("button", name="Apply").click()
    expect(tab.history).to_have_count(11)
    tab.page.get_by_role("button", name="Mark 11 as read").click()
    expect(tab.badge).to_have_text("9+")
    tab.page.get_by_role("link", name="Unread").click()
    expect(tab.page.get_by_text("No notification matches")).to_be_visible()


def test_action_link_works_without_scripts(plain: Reader, alice: Person, dana: Person) -> None:
    dana.send(alice, actions=[{"label": "Watch Now", "url": "/settings"}])
    tab = plain.open(live=False)
    tab.history.get_by_role("link", name="Watch Now").click()
    expect(tab.page).to_have_url(f"{plain.url}/settings")
    expect(tab.badge).to_be_hidden()


def test_question_is_answered_without_scripts(plain: Reader, alice: Person, dana: Person) -> None:
    dana.send(alice, title="Which one?", actions=[{"label": "Your answer", "reply": True}])
    tab = plain.open(live=False)
    expect(tab.history.get_by_label("Your answer")).to_be_hidden()
    tab.history.get_by_text("Reply", exact=True).click()
    tab.history.get_by_label("Your answer").fill("The second")
    tab.history.get_by_role("button", name="Send").click()
    expect(tab.history).to_contain_text("You answered: The second")


def test_settings_are_saved_without_scripts(plain: Reader) -> None:
    tab = plain.open("/settings", live=False)
    tab.page.get_by_label("Theme").select_option(label="Dark")
    tab.page.get_by_label("Time zone").select_option("Europe/Berlin")
    tab.page.get_by_role("button", name="Save").click()
    expect(tab.page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(tab.page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    tab.page.get_by_label("Current password").fill(PASSWORD)
    tab.page.get_by_label("New password").fill("an entirely different battery")
    tab.page.get_by_role("button", name="Change password").click()
    expect(tab.page.get_by_text("The password was changed")).to_be_visible()
