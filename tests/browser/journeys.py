"""The main journeys in Chromium, Firefox and WebKit: `make browsers`. `make test` runs only the smoke test of each, test_engines.py.

With `PICTURES` in the environment, pictures of five pages in each engine are written to that directory.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.api_client import Person
from tests.browser.engine_pages import EnginePage
from tests.browser.engines import NAMES
from tests.people import People
from tests.sessions import begin, move
from tests.site import Site

pytestmark = pytest.mark.parametrize("engine", NAMES, scope="module")

_PHONE = (390, 844)
_DESK = (1180, 820)


def test_two_tabs_share_a_stream_and_show_the_same(engine_page: EnginePage, site: Site, alice: Person, dana: Person) -> None:
    page = engine_page
    page.sign_in(alice)
    page.until_live()
    page.window.new_tab()
    page.open("/settings")
    page.until_live()

    dana.send(alice)

    page.until_unread(1)
    page.window.switch(0)
    page.until_unread(1)
    assert site.server.metric("sse_connections_total") == 1
    page.window.click("#bell")
    page.window.click("#inbox-list .item [title='Mark as read']")
    page.until_unread(0)
    page.window.switch(1)
    page.until_unread(0)
    page.open("/notifications")
    page.window.close_tab()


def test_page_reconnects_to_a_killed_server(engine_page: EnginePage, site: Site, alice: Person, dana: Person) -> None:
    page = engine_page
    page.sign_in(alice)
    page.until_live()
    dana.send(alice)
    page.until_unread(1)

    site.server.restart()
    dana.send(alice)

    page.until_unread(2)
    page.until_live()


def test_back_button_shows_the_current_state(engine_page: EnginePage, alice: Person, dana: Person) -> None:
    page = engine_page
    page.sign_in(alice)
    page.until_live()
    page.open("/settings")
    page.until_live()
    dana.send(alice)
    page.until_unread(1)

    page.window.back()

    page.until("return location.pathname === '/notifications'")
    page.until_unread(1)
    page.until_live()


def test_message_is_previewed_and_sent(engine_page: EnginePage, alice: Person, dana: Person) -> None:
    page = engine_page
    page.sign_in(dana)
    page.open("/admin/send")
    page.until_live()
    page.window.fill("[name=to]", alice.name)
    page.window.fill("[name=title]", "Planned maintenance")

    page.until("return document.querySelector('#preview').textContent.includes('Planned maintenance')")
    page.until("return document.querySelector('#reach .reach')?.textContent === 'Reaches 1 person'")
    page.window.click("#send-button")

    page.until("return document.querySelector('h1')?.textContent === 'Planned maintenance'")
    assert [item["title"] for item in alice.get("/api/notifications").json()] == ["Planned maintenance"]


def test_sessions_move_and_end(engine_page: EnginePage, alice: Person, dana: Person) -> None:
    page = engine_page
    page.sign_in(alice)
    page.open("/sessions")
    page.until_live()

    id_ = begin(dana, alice, title="Transcode holiday.mp4")
    page.until("return Boolean(document.querySelector('main [data-session]'))")
    move(dana, id_, "transcoding", 45)
    page.until("return document.querySelector('main progress')?.value === 45")
    move(dana, id_, "processed", message="Took 2 minutes")
    page.until("return document.querySelector('main .session-line')?.textContent.trim() === 'Complete Took 2 minutes'")


def test_dark_theme_and_narrow_window(engine_page: EnginePage, alice: Person, dana: Person) -> None:
    page = engine_page
    page.sign_in(alice)
    dana.send(alice, title="W" * 150, message="x" * 300)
    page.open("/settings")
    page.window.run("document.querySelector('[name=theme]').value = 'dark'")
    page.window.click("[aria-labelledby=appearance] button.primary")
    page.until("return document.documentElement.dataset.theme === 'dark'")
    page.window.resize(*_PHONE)
    page.open("/notifications")
    page.until_live()

    lightness = page.window.run("return Math.max(...getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3))")
    assert lightness < 60, "a dark ground"
    page.until("return innerWidth < 640 && document.documentElement.scrollWidth <= innerWidth")
    page.window.click("#bell")
    page.until("return document.querySelector('#inbox-list > .item')?.getBoundingClientRect().height > 20")
    page.window.resize(*_DESK)


@pytest.mark.skipif("PICTURES" not in os.environ, reason="PICTURES names no directory")
def test_pictures(engine: str, engine_page: EnginePage, people: People, alice: Person, admin: Person) -> None:
    page, directory = engine_page, Path(os.environ["PICTURES"])
    id_ = begin(admin, alice, title="Transcode holiday.mp4")
    move(admin, id_, "transcoding", 45, message="Minute 9 of 20")
    admin.send(alice, title="Video Ready!", type="video_complete", message="It was processed.", actions=[{"label": "Watch", "url": "/x"}])
    admin.send(alice, title="تم رفع الملف بنجاح!", type="warning", priority="high")
    page.sign_in(alice)
    for name in ("notifications", "sessions", "settings"):
        page.open(f"/{name}")
        page.until_live()
        (directory / f"{name}-{engine}.png").write_bytes(page.window.picture())
    page.window.click("#bell")
    page.until("return document.querySelector('#inbox').matches(':popover-open')")
    (directory / f"panel-{engine}.png").write_bytes(page.window.picture())
    page.sign_in(admin)
    page.open("/admin/send")
    page.until_live()
    (directory / f"send-{engine}.png").write_bytes(page.window.picture())
