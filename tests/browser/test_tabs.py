"""One stream per browser, however many tabs are open."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.conftest import ReadBy
from tests.browser.reader import Reader, Tab
from tests.site import Site
from tests.waiting import eventually

_WITHOUT_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });"


def leaders(tabs: list[Tab]) -> list[Tab]:
    return [tab for tab in tabs if not tab.page.is_closed() and tab.leads()]


def test_eight_tabs_share_one_stream(reader: Reader, alice: Person, dana: Person) -> None:
    tabs = [reader.open() for _ in range(8)]  # two more than a browser has connections to a site
    assert reader.streams() == 1
    assert len(leaders(tabs)) == 1
    dana.send(alice, type="success")
    for tab in tabs:
        expect(tab.badge).to_have_text("1")
        tab.assert_true()
        expect(tab.toasts).to_have_count(1)
    tabs[7].open_bell()
    tabs[7].page.locator("#inbox").get_by_role("button", name="Mark as read").click()
    for tab in tabs:
        expect(tab.badge).to_be_hidden()
        tab.assert_true()


def test_next_tab_takes_over_without_loss_or_duplicates(reader: Reader, alice: Person, dana: Person) -> None:
    tabs = [reader.open() for _ in range(4)]
    for number in range(3):
        (leader,) = leaders(tabs)
        dana.send(alice, type="error", title=f"Before {number}")
        leader.page.close()
        dana.send(alice, type="error", title=f"After {number}")
        tabs.remove(leader)
        eventually(lambda: len(leaders(tabs)) == 1, within=3)
        for tab in tabs:
            expect(tab.items).to_have_count(2 * number + 2)
            tab.assert_true()
            tab.wait_for("live")
            assert len(tab.toast_titles()) == len(set(tab.toast_titles())), "each toast, and the summary, appears at most once"
    eventually(lambda: reader.streams() == 1)


def test_frozen_leader_tab_is_replaced(reader: Reader, alice: Person, dana: Person) -> None:
    """Phones freeze the scripts of hidden tabs, which keep their lock."""
    asleep = reader.open()
    awake = reader.open()
    awake.page.bring_to_front()
    session = reader.context.new_cdp_session(asleep.page)
    session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    eventually(awake.leads, within=30)
    dana.send(alice)
    expect(awake.badge).to_have_text("1")
    session.send("Emulation.setScriptExecutionDisabled", {"value": False})
    session.send("Page.setWebLifecycleState", {"state": "active"})
    eventually(lambda: not asleep.leads())
    asleep.wait_for("live")
    asleep.assert_true()
    eventually(lambda: reader.streams() == 1)


def test_sign_out_in_one_tab_signs_out_all(reader: Reader) -> None:
    tabs = [reader.open() for _ in range(3)]
    tabs[1].page.get_by_role("button", name="Sign out").click()
    for tab in tabs:
        tab.page.wait_for_url("**/login**")


def test_sign_in_as_another_user_switches_all_tabs(site: Site, read_by: ReadBy, alice: Person, bob: Person, dana: Person) -> None:
    reader = read_by(site, alice)
    hers = reader.open()
    reader.person = bob
    reader.sign_in()
    his = reader.open()
    dana.send(alice, title="For Alice")
    dana.send(bob, title="For Bob")
    expect(his.items).to_have_count(1)
    assert his.titles() == ["For Bob"]
    hers.page.evaluate("dispatchEvent(new Event('online'))")
    expect(hers.page.locator("html")).to_have_attribute("data-user", bob.id)
    hers.assert_true()


def test_each_browser_has_its_own_stream(site: Site, read_by: ReadBy, alice: Person, dana: Person) -> None:
    tabs = [read_by(site, alice).open() for _ in range(2)]
    assert tabs[0].reader.streams() == 2
    dana.send(alice)
    for tab in tabs:
        tab.assert_true()


@pytest.mark.parametrize("missing", [_WITHOUT_LOCKS, "delete window.BroadcastChannel;"], ids=["locks", "channel"])
def test_tabs_without_shared_features_poll(reader: Reader, alice: Person, dana: Person, missing: str) -> None:
    """A user may have three streams. A tab beyond them polls, and shows it without an alarm."""
    reader.context.add_init_script(missing)
    tabs = [reader.open() for _ in range(3)]
    last = reader.open(live=False)
    last.wait_for("polling")
    assert reader.streams() == 3
    expect(last.banner).to_be_hidden()
    dana.send(alice)
    for tab in tabs:
        tab.assert_true()
    last.page.evaluate("document.dispatchEvent(new Event('notifier:reconnect'))")
    last.assert_true()
    last.open_bell()
    last.page.locator("#inbox").get_by_role("button", name="Mark as read").click()
    last.assert_true()
