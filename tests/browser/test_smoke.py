from __future__ import annotations

from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.reader import Reader


def test_smoke(reader: Reader, dana: Person, alice: Person) -> None:
    tab = reader.open()
    tab.assert_true()
    dana.send(alice, title="One", type="success")
    expect(tab.badge).to_have_text("1")
    tab.assert_true()
    expect(tab.toasts).to_have_count(1)
    tab.page.screenshot(path="/tmp/smoke.png")
    tab.open_bell()
    tab.page.screenshot(path="/tmp/smoke2.png")
    tab.page.get_by_role("button", name="Mark as read").first.click()
    expect(tab.badge).to_be_hidden()
    tab.assert_true()
