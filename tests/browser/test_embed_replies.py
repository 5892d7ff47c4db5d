"""The embedded bell sends back what its user does: answers to questions, and receipts. It needs no cookie for it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request, expect
from sqlalchemy import select

from notifier import database
from notifier.models import Message, Notification
from tests.api_client import Person
from tests.browser.host_page import HostPage
from tests.browser.visitor import Visitor, bell
from tests.site import Site
from tests.waiting import eventually

ASKING = {"type": "clarification_needed", "title": "Which one?", "actions": [{"label": "Your answer", "reply": True}]}


@pytest.fixture(scope="module")
def settings(host: HostPage) -> dict[str, object]:
    return host.settings


def seen(site: Site, id: str) -> bool:
    with site.elsewhere(), database.read() as connection:
        shown = select(Notification.seen_at).join(Message).where(Message.public_id == id)
        return connection.scalar(shown) is not None


def open_panel(page: Page) -> None:
    page.locator(".bell").click()
    expect(page.locator(".panel")).to_be_visible()


def test_question_is_answered_and_both_devices_show_it(visitor: Visitor, site: Site, alice: Person, dana: Person) -> None:
    id = dana.send(alice, **ASKING)["id"]
    page = visitor.open()
    bell(page, 1)
    other = visitor.open()
    open_panel(other)
    open_panel(page)
    expect(page.get_by_label("Your answer")).to_be_hidden()
    page.get_by_text("Reply", exact=True).press("Enter")
    expect(page.get_by_label("Your answer")).to_be_focused()
    page.get_by_label("Your answer").press_sequentially("<b>The second</b>")
    dana.send(alice, title="Meanwhile")
    bell(page, 2)
    expect(page.get_by_label("Your answer")).to_have_value("<b>The second</b>")
    expect(page.get_by_label("Your answer")).to_be_focused()
    page.get_by_role("button", name="Send").click()
    for each in (page, other):
        expect(each.locator(f"li[data-id='{id}']")).to_contain_text("You answered: <b>The second</b>")
        expect(each.get_by_role("button", name="Send")).to_have_count(0)
        bell(each, 1)
    assert [reply["text"] for reply in dana.get(f"/api/notifications/{id}/replies").json()] == ["<b>The second</b>"]


def test_panel_and_toast_count_as_seen(visitor: Visitor, site: Site, alice: Person, dana: Person) -> None:
    listed = dana.send(alice)["id"]
    page = visitor.open()
    bell(page, 1)
    expect(page.locator("li")).to_have_count(1)
    eventually(lambda: site.server.metric("sse_connections_total") == 1)
    toast = dana.send(alice, type="success")["id"]
    expect(page.locator(".toast")).to_be_visible()
    eventually(lambda: seen(site, toast))
    assert not seen(site, listed), "its panel was never open"
    open_panel(page)
    eventually(lambda: seen(site, listed))


def test_cookies_of_the_server_are_neither_needed_nor_sent(visitor: Visitor, site: Site, alice: Person, dana: Person) -> None:
    """So it does not matter whether the browser blocks those of third parties, or keeps them apart for each site."""
    cookie = {"name": "planted", "value": "here", "domain": "127.0.0.1", "path": "/", "sameSite": "None", "secure": True}
    visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    asked: list[Request] = []
    page = visitor.context.new_page()
    page.on("requestfinished", lambda request: asked.append(request))  # playwright cannot take a builtin
    page.goto("/")
    dana.send(alice)
    bell(page, 1)
    open_panel(page)
    page.get_by_role("button", name="Mark as read", exact=True).click()
    bell(page, 0)
    calls = [request for request in asked if "/api/" in request.url]
    assert len(calls) >= 3
    assert [request.url for request in calls if "cookie" in request.all_headers()] == []
    assert [cookie["name"] for cookie in visitor.context.cookies()] == ["planted"]
