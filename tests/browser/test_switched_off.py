"""Streams switched off: pages poll, and show it without an alarm."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.reader import Reader


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"ENABLE_SSE_NOTIFICATIONS": False}


def test_pages_poll_while_streams_are_off(reader: Reader, alice: Person, dana: Person) -> None:
    tabs = [reader.open(live=False) for _ in range(2)]
    for tab in tabs:
        tab.wait_for("polling")
        expect(tab.banner).to_be_hidden()
    dana.send(alice, type="success")
    for tab in tabs:
        expect(tab.badge).to_have_text("1", timeout=20_000)
        expect(tab.toasts).to_have_count(1)
        tab.assert_true()
    tabs[0].open_bell()
    tabs[0].page.get_by_role("button", name="Mark all as read").click()
    for tab in tabs:
        expect(tab.badge).to_be_hidden()
        tab.assert_true()
