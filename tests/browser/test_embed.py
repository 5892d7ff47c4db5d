"""The embedded bell on a page of another site, under a strict policy and without cookies of third parties."""

from __future__ import annotations

import time
from functools import partial

import jwt
import pytest
from playwright.sync_api import Browser, expect

from notifier import __version__
from notifier.web.http.script_bundle import integrity
from tests.api_client import Person
from tests.browser.axe import assert_accessible
from tests.browser.host_page import SECRET, TOKEN_PATH, HostPage
from tests.browser.visitor import Visitor, bell
from tests.site import Site
from tests.waiting import eventually

_ANY = {"Access-Control-Allow-Origin": "*"}


@pytest.fixture(scope="module")
def settings(host: HostPage) -> dict[str, object]:
    return host.settings


def test_bell_counts_lists_and_undoes(visitor: Visitor, site: Site, alice: Person, dana: Person) -> None:
    dana.send(alice, title="<img src=x onerror=alert(1)>", message="before")
    page = visitor.open()
    bell(page, 1)
    eventually(lambda: site.server.metric("sse_connections_total") == 1)
    dana.send(alice, title="Paid", type="success")
    bell(page, 2)
    expect(page.locator(".toast")).to_contain_text("Paid")
    page.locator(".bell").click()
    expect(page.locator("li .title")).to_have_text(["Unread: Paid", "Unread: <img src=x onerror=alert(1)>"])
    page.locator("li").first.get_by_role("button", name="Mark as read").click()
    bell(page, 1)
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("No notifications yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("li")).to_have_count(2)
    bell(page, 1)
    assert visitor.context.cookies() == []


def test_exact_policy_with_a_token_in_the_page(visitor: Visitor, host: HostPage, site: Site, alice: Person, dana: Person) -> None:
    """`connect-src` allows the notification server alone: the page brings its first token itself."""
    host.show(site.url, token=alice.token, heartbeat="1")
    page = visitor.open()
    bell(page, 0)
    dana.send(alice)
    bell(page, 1)


def test_six_tabs_share_one_stream_and_miss_nothing_while_the_server_restarts(
    visitor: Visitor, site: Site, alice: Person, dana: Person
) -> None:
    pages = [visitor.open() for _ in range(6)]
    for page in pages:
        bell(page, 0)
    eventually(lambda: site.server.metric("sse_connections_total") == 1)
    dana.send(alice, title="before")
    for page in pages:
        bell(page, 1)
    site.server.restart()
    dana.send(alice, title="after")
    for page in pages:
        page.locator("notifier-bell").evaluate("bell => bell.shadowRoot.querySelector('.panel').togglePopover()")
        bell(page, 2)
        expect(page.locator("li .title")).to_have_text(["Unread: after", "Unread: before"])
    assert site.server.metric("sse_connections_total") == 1
    visitor.wrongs[:] = [line for line in visitor.wrongs if "ERR_CONNECTION_REFUSED" not in line and "ERR_INCOMPLETE" not in line]


def test_page_hears_what_arrives_and_follows_links(visitor: Visitor, host: HostPage, site: Site, alice: Person, dana: Person) -> None:
    page = visitor.open()
    eventually(lambda: site.server.metric("sse_connections_total") == 1)
    page.evaluate(
        """() => { window.heard = []; for (const name of ['changed', 'arrived'])
            document.addEventListener(`notifier:${name}`, ({detail}) => heard.push([name, detail.title ?? detail.unread])) }"""
    )
    dana.send(alice, title="Shipped", actions=[{"label": "Track", "url": "/orders/7"}])
    bell(page, 1)
    eventually(lambda: all(event in page.evaluate("heard") for event in (["arrived", "Shipped"], ["changed", 1])))
    page.locator(".bell").click()
    page.get_by_role("link", name="Track").click()
    page.wait_for_url(f"{host.origin}/orders/7")
    eventually(lambda: alice.get("/api/notifications").json()[0]["status"] == "read")


def test_short_tokens_are_renewed_and_nothing_is_missed(visitor: Visitor, host: HostPage, site: Site, dana: Person) -> None:
    def token() -> str:
        now = int(time.time())
        return jwt.encode({"iss": "host", "aud": "notifier", "sub": "7", "iat": now, "exp": now + 2}, SECRET, "HS256")

    host.token, host.tokens = token, 0
    page = visitor.open()
    bell(page, 0)
    for number in range(3):
        asked = host.tokens
        eventually(partial(host.asked_since, asked))
        dana.send("id:7", title=f"No. {number}")
        bell(page, number + 1)


def test_hash_on_the_tag_covers_both_parts(visitor: Visitor, host: HostPage, site: Site, alice: Person) -> None:
    script = alice.get("/embed.js").content
    pinned = f'/embed.{__version__}.js" integrity="{integrity(script)}" crossorigin="anonymous"'
    host.html = host.html.replace('/embed.js"', pinned)
    page = visitor.open()
    bell(page, 0)
    expect(page.get_by_role("heading", name="Notifications", include_hidden=True)).to_have_count(1)
    page.route("**/embed-part.*", lambda route: route.fulfill(body="window.changed = true", content_type="text/javascript", headers=_ANY))
    page.reload()
    bell(page, 0)
    eventually(lambda: any("integrity" in line for line in visitor.wrongs) or page.evaluate("'changed' in window"))
    assert not page.evaluate("'changed' in window")
    visitor.wrongs.clear()


def test_nobody_signed_in_shows_no_bell_until_somebody_is(visitor: Visitor, host: HostPage, alice: Person) -> None:
    signed_in: list[str] = []
    host.token = lambda: signed_in[0] if signed_in else None
    page = visitor.context.new_page()
    with page.expect_console_message(lambda message: "401" in message.text):
        page.goto("/")
    expect(page.locator("notifier-bell")).to_have_count(1)
    expect(page.locator(".bell")).to_be_hidden()
    visitor.wrongs[:] = [line for line in visitor.wrongs if "401" not in line]
    signed_in.append(alice.token)
    page.evaluate("document.dispatchEvent(new Event('notifier:renew'))")
    bell(page, 0)


def test_inbox_as_part_of_the_page_loads_older_ones(visitor: Visitor, host: HostPage, site: Site, alice: Person, dana: Person) -> None:
    for number in range(25):
        dana.send(alice, title=f"No. {number}")
    host.show(site.url, body="<notifier-inbox></notifier-inbox>", token_url=TOKEN_PATH, heartbeat="1", locale="de")
    page = visitor.open()
    expect(page.locator("li")).to_have_count(20)
    expect(page.locator("notifier-bell")).to_have_count(0)
    page.get_by_role("button", name="Mehr laden").click()
    expect(page.locator("li")).to_have_count(25)
    page.locator("li").nth(1).get_by_role("button", name="Löschen").click()
    expect(page.locator("li")).to_have_count(24)
    expect(page.locator("li").nth(1).get_by_role("button").first).to_be_focused()


def test_panel_is_accessible_and_works_by_keyboard(visitor: Visitor, host: HostPage, site: Site, alice: Person, dana: Person) -> None:
    for number in range(2):
        dana.send(alice, title=f"No. {number}", type="error", actions=[{"label": "Open", "url": "/"}])
    page = visitor.context.new_page()
    page.goto("/")
    bell(page, 2)
    expect(page.locator("li")).to_have_count(2)
    page.keyboard.press("Tab")
    expect(page.locator(".bell")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".panel")).to_be_visible()
    page.locator("li").last.get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    expect(page.locator("li")).to_have_count(1)
    expect(page.locator("li").get_by_role("button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    expect(page.locator(".bell")).to_be_focused()


def test_toast_shows_the_time_that_it_has_left(visitor: Visitor, site: Site, alice: Person, dana: Person) -> None:
    page = visitor.open()
    eventually(lambda: site.server.metric("sse_connections_total") == 1)
    dana.send(alice, type="success")
    dana.send(alice, type="error")
    passing, staying = page.locator(".toast.passing"), page.locator(".toast:not(.passing)")
    expect(passing).to_be_visible()
    expect(staying).to_be_visible()
    line = "toast => getComputedStyle(toast, '::after')"

    assert passing.evaluate(f"{line}.animationName") == "line"
    assert passing.evaluate(f"{line}.animationDuration") == passing.evaluate("toast => getComputedStyle(toast).animationDuration")
    assert staying.evaluate(f"{line}.content") == "none"
    passing.hover()
    assert passing.evaluate(f"{line}.animationPlayState") == "paused"


def test_open_panel_passes_axe(browser: Browser, visitor: Visitor, host: HostPage, site: Site, alice: Person, dana: Person) -> None:
    actions = [{"label": "Open", "url": "/"}, {"label": "Why?", "reply": True}]
    dana.send(alice, title="Failed", message="Try again", type="error", actions=actions)
    host.html = host.html.replace("<!doctype html>", "<!doctype html><html lang='en'><meta name='color-scheme' content='light dark'>")
    host.html = host.html.replace("<h1>Shop</h1>", "<main><h1>Shop</h1><notifier-bell></notifier-bell></main>")
    context = browser.new_context(base_url=host.origin, bypass_csp=True)
    page = context.new_page()
    page.goto("/")
    bell(page, 1)
    page.locator(".bell").click()
    expect(page.locator("li")).to_be_visible()
    dana.send(alice, title="Paid", type="success")
    expect(page.locator(".toast")).to_be_visible()
    assert_accessible(page, "the embedded bell")
    context.close()
