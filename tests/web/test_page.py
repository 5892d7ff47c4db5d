"""What every page contains for a signed-in user, with the texts of the contract."""

from __future__ import annotations

from pathlib import PurePosixPath
from unittest.mock import patch

import httpx
import pytest

from notifier.web.http import assets
from tests.api_client import Person
from tests.people import People, people_in_process
from tests.web.conftest import csrf, sign_in
from tests.web.markup import read

PAGES = ["/notifications", "/settings", "/notifications?status=archived"]


@pytest.fixture(params=PAGES)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(("unread", "name", "badge"), [(0, "Notifications", None), (1, "Notifications (1 unread)", "1")])
def test_bell_shows_the_unread_count(
    dana: Person, alices_browser: httpx.Client, alice_name: str, unread: int, name: str, badge: str
) -> None:
    for _ in range(unread):
        dana.send(f"user:{alice_name}")

    page = read(alices_browser.get("/settings").text)

    bell = page.one("button", id="bell")
    assert (bell.attributes["aria-label"], bell.attributes["popovertarget"]) == (name, "inbox")
    shown = bell.one(id="badge")
    assert ("hidden" in shown.attributes, shown.text) == ((badge is None), badge or "0")
    assert page.one("title").text == (f"({unread}) " if unread else "") + "Settings · notifier"


@pytest.mark.parametrize(("unread", "badge"), [(9, "9"), (10, "9+")])
def test_badge_shows_9_plus_above_nine(dana: Person, alices_browser: httpx.Client, alice_name: str, unread: int, badge: str) -> None:
    for _ in range(unread):
        dana.send(f"user:{alice_name}")

    page = read(alices_browser.get("/notifications").text)

    assert page.one(id="badge").text == badge
    assert page.one(id="bell").attributes["aria-label"] == f"Notifications ({unread} unread)"


def test_sign_out_is_hidden_where_nobody_signed_in(people: People, alices_browser: httpx.Client, alice_name: str) -> None:
    assert [form.one("button").text for form in read(alices_browser.get("/settings").text).all("form", id="sign-out")] == ["Sign out"]
    with patch.dict(people.app.config, OPEN_TO=alice_name):
        assert read(alices_browser.get("/settings").text).all("form", id="sign-out") == []


def test_every_page_contains_the_elements_its_scripts_need(alices_browser: httpx.Client, path: str) -> None:
    page = read(alices_browser.get(path).text)

    assert page.one(id="conn").attributes["data-conn"] in ("live", "reconnecting", "polling", "offline")
    assert page.one(id="conn").text == page.one(id="conn").attributes["title"] == "Not connected"
    assert page.one(id="toasts").attributes["role"] == "status"
    assert page.one(id="banner").text.startswith("Connection lost - attempting to reconnect...")
    assert "hidden" in page.one(id="banner").attributes
    assert page.one("button", id="reconnect").text == "Reconnect"
    stream = page.one(id="stream").attributes
    wanted = {"data-url": "/stream", "data-poll": "/poll", "data-fragments": "/fragments/inbox", "data-heartbeat": "30"}
    assert stream | wanted == stream
    assert stream["data-enabled"] == "true"


def test_pages_contain_the_targets_of_the_partials(alices_browser: httpx.Client) -> None:
    page = read(alices_browser.get("/notifications").text)

    assert page.one(id="inbox").one(id="inbox-sync") and page.one(id="inbox").one(id="inbox-list").attributes["data-more"]
    assert page.one(id="history").one(id="history-sync") and "data-live" in page.one(id="history").attributes
    assert page.one(id="history").one(id="history-new") and page.one(id="history").one(id="mark-all")


def test_dropdown_texts(alices_browser: httpx.Client, path: str) -> None:
    panel = read(alices_browser.get(path).text).one(id="inbox")

    assert "popover" in panel.attributes
    assert panel.one("h2").text == "Notifications"
    assert {button.text or button.attributes.get("aria-label") for button in panel.all("button")} == {
        "Mark all as read",
        "Clear all",
        "More",
        "1 hour",
        "until tomorrow",
        None,
    }
    assert panel.one(id="inbox-list").one("strong").text == "No notifications yet"
    assert panel.one("a", class_="see-all").attributes["href"] == "/notifications"


def test_dropdown_lists_the_newest_twenty(dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    for number in range(22):
        dana.send(f"user:{alice_name}", title=f"number {number}")

    shown = read(alices_browser.get("/settings").text).one(id="inbox-list")

    assert [row.one(class_="item-title").text for row in shown.all("li", class_="item")] == [
        f"Unread: number {n}" for n in range(21, 1, -1)
    ]
    assert shown.attributes["data-more"] == "true"


def test_item_has_actions_icon_and_links(dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    watch = {"label": "Watch Now", "url": "/video/7"}
    id = dana.send(f"user:{alice_name}", title="Video Ready!", type="video_complete", priority="urgent", actions=[watch])["id"]

    item = read(alices_browser.get("/settings").text).one("li", id=f"n-{id}")

    assert item.attributes["data-kind"] == "success"
    at_hand = [button.attributes["aria-label"] for button in item.one(class_="item-actions").all("button")]
    assert at_hand == ["Mark as read", "Archive", "More"]
    entries = item.one(id=f"n-{id}-menu").all("button")
    assert [button.text for button in entries] == ["Mark as read", "Archive", "Delete"]
    assert {button.attributes["form"] for button in entries} == {"act"}
    link = item.one(class_="item-links").one("a")
    assert (link.text, link.attributes["href"]) == ("Watch Now", f"/go/{id}/0")
    assert "noopener" in link.attributes["rel"]
    assert item.all("svg", class_="icon")


def test_icons_are_svg(alices_browser: httpx.Client) -> None:
    """Not emoji: servers and plain desktops have no font for them."""
    html = alices_browser.get("/notifications").text

    page = read(html)
    there = {symbol.attributes["id"] for symbol in page.all("symbol")}
    assert {use.attributes["href"].removeprefix("#") for use in page.all("use")} <= there
    assert max(map(ord, html)) < 0x2600


def test_stream_starts_at_the_cursor_of_the_page(dana: Person, alices_browser: httpx.Client, alice_name: str) -> None:
    dana.send(f"user:{alice_name}")

    cursor = read(alices_browser.get("/settings").text).one(id="stream").attributes["data-cursor"]

    assert alices_browser.get("/poll", params={"after": cursor}).status_code == 204
    dana.send(f"user:{alice_name}")
    assert alices_browser.get("/poll", params={"after": cursor}).status_code == 200


def test_every_post_form_contains_the_csrf_token(alices_browser: httpx.Client, path: str) -> None:
    page = read(alices_browser.get(path).text)

    forms = [form for form in page.all("form") if form.attributes.get("method") == "post"]
    assert forms
    for form in forms:
        assert form.one("input", name="csrf_token").attributes["value"] == csrf(alices_browser)


@pytest.mark.security("S59")
def test_pages_have_no_inline_scripts_and_no_foreign_urls(alices_browser: httpx.Client, path: str) -> None:
    page = read(alices_browser.get(path).text)

    for script in page.all("script"):
        assert script.attributes["src"].startswith("/static/") and not script.text
    for element in page.all():
        assert not [name for name in element.attributes if name.startswith("on") or name == "style"]
        assert all(not element.attributes.get(name, "/").startswith(("http", "//")) for name in ("src", "href", "action"))


def test_navigation_links_exist(alices_browser: httpx.Client) -> None:
    page = read(alices_browser.get("/notifications").text)

    links = [link.attributes["href"] for link in page.one("nav", aria_label="Pages").all("a")]

    assert links[0] == "/notifications"
    assert [link for link in links if alices_browser.get(link).status_code != 200] == []


@pytest.fixture
def without_vendor_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation in which the vendor scripts could not be fetched."""
    monkeypatch.setattr(assets, "VENDOR", ("vendor/missing.js",))


@pytest.mark.usefixtures("without_vendor_files")
def test_page_without_vendor_files_does_not_load_them(alices_browser: httpx.Client) -> None:
    page = read(alices_browser.get("/notifications").text)

    assert [PurePosixPath(script.attributes["src"]).name for script in page.all("script")] == ["badge.js"]
    assert "This page does not update by itself" in page.one(id="main").text
    assert not page.all("meta", name="htmx-config")


def test_page_knows_that_streams_are_disabled(people: People, alice_name: str) -> None:
    with people_in_process(people.app.config["DATABASE_URL"], ENABLE_SSE_NOTIFICATIONS=False) as quiet:
        browser = httpx.Client(base_url="http://localhost", transport=httpx.WSGITransport(quiet.app))
        sign_in(browser, alice_name)
        page = read(browser.get("/notifications").text)

    assert page.one(id="stream").attributes["data-enabled"] == "false"
