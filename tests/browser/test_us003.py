"""US003, the story of the coaching platform: its five frontend tests, and its other demands."""

from __future__ import annotations

from itertools import pairwise

from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.conftest import ReadBy
from tests.browser.reader import Reader
from tests.browser.relay import Relay
from tests.site import Site
from tests.waiting import eventually


def test_page_connects_and_shows_it(reader: Reader) -> None:
    tab = reader.open()
    expect(tab.dot).to_have_attribute("title", "Connected")
    assert reader.streams() == 1


def test_message_appears_without_reload(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    dana.send(alice, title="Transcription Complete", message="Your audio is ready", type="success")
    expect(tab.items).to_have_count(1)
    expect(tab.items.locator(".item-text")).to_have_text("Your audio is ready")
    assert tab.titles() == ["Transcription Complete"]


def test_page_reconnects_after_one_then_two_seconds(site: Site, read_by: ReadBy, alice: Person) -> None:
    with Relay(site.server.port) as network:
        tab = read_by(site, alice, base_url=network.url).open()
        network.cut()
        tab.wait_for("reconnecting")
        eventually(lambda: len(network.tries) >= 3, within=20)
        first, second = [later - earlier for earlier, later in pairwise(network.tries[:3])]
        assert first > 1.5 and second > 3.0, network.tries  # 2 and 4 s, with jitter; the unit tests have the upper bounds
        expect(tab.banner).to_contain_text("Connection lost - attempting to reconnect...")
        network.mend()
        tab.wait_for("live")
        expect(tab.banner).to_be_hidden()


def test_unread_message_is_counted_and_listed(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    expect(tab.bell).to_have_accessible_name("Notifications")
    dana.send(alice)
    expect(tab.badge).to_have_text("1")
    expect(tab.bell).to_have_accessible_name("Notifications (1 unread)")
    expect(tab.page).to_have_title("(1) Notifications · notifier")
    for number in range(9):
        dana.send(alice, title=f"No. {number}")
    expect(tab.badge).to_have_text("9+")
    expect(tab.bell).to_have_accessible_name("Notifications (10 unread)")
    tab.assert_true()


def test_dropdown_keeps_the_last_twenty(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    for number in range(22):
        dana.send(alice, title=f"No. {number}")
    tab.assert_true()
    assert tab.titles()[0] == "No. 21" and len(tab.titles()) == 20
    alice.delete(f"/api/notifications/{alice.get('/api/notifications').json()[0]['id']}")
    tab.assert_true()
    assert tab.titles()[-1] == "No. 1", "the item that had no room before moves up"


def test_leaving_the_page_closes_the_stream(reader: Reader) -> None:
    tab = reader.open()
    assert reader.streams() == 1
    tab.page.goto("about:blank")
    eventually(lambda: reader.streams() == 0)


def test_no_second_stream_while_one_is_open(reader: Reader) -> None:
    tab = reader.open()
    for event in ("online", "focus", "pageshow"):
        tab.page.evaluate("name => dispatchEvent(new Event(name))", event)
    tab.wait_for("live")
    eventually(lambda: reader.streams() == 1)
