"""Smoke test of each engine: sign in, receive, open the panel, mark as read."""

from __future__ import annotations

import pytest

from tests.api_client import Person
from tests.browser.engine_pages import EnginePage
from tests.browser.engines import NAMES

pytestmark = pytest.mark.parametrize("engine", NAMES, scope="module")

ARABIC = "تم رفع الملف بنجاح!"


def test_page_works_in_each_engine(engine_page: EnginePage, alice: Person, dana: Person) -> None:
    page = engine_page
    page.sign_in(alice)
    page.until_live()

    dana.send(alice, title=ARABIC, type="success")
    page.until("return document.querySelector('.toast-title')?.textContent === arguments[0]", ARABIC)
    assert page.label() == "Notifications (1 unread)"

    page.window.click("#bell")
    page.until("return document.querySelector('#inbox').matches(':popover-open')")
    height, item = page.window.run(
        "return ['#inbox-list', '#inbox-list > .item'].map((e) => document.querySelector(e).getBoundingClientRect().height)"
    )
    assert height >= item > 20, "the list in the panel is as high as its content"
    direction = page.window.run("return getComputedStyle(document.querySelector('#inbox-list .item-title')).direction")
    assert direction == "rtl"

    page.window.click("#inbox-list .item [title='Mark as read']")
    page.until("return document.querySelector('#bell').getAttribute('aria-label') === 'Notifications'")
