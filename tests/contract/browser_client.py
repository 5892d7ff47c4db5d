"""Chromium's EventSource, on a page of the site or of another origin."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.people import PASSWORD
from tests.site import Site

_LISTEN = """([url, names]) => {
    window.received = [];
    window.source = new EventSource(url, { withCredentials: true });
    const keep = ({ type, data, lastEventId }) => window.received.push({ name: type, data, id: lastEventId });
    for (const name of ["message", "open", ...names]) window.source.addEventListener(name, keep);
    window.source.onerror = () => window.received.push({ name: "failed", data: String(window.source.readyState), id: "" });
}"""


def sign_in(page: Page, site: Site, name: str) -> None:
    """Sign in, so that the browser has the cookies."""
    answer = page.request.post(f"{site.url}/login", form={"username": name, "password": PASSWORD}, max_redirects=0)
    assert answer.status == 303, answer.status_text


def listen(page: Page, url: str, *names: str) -> None:
    page.evaluate(_LISTEN, [url, list(names)])


def received(page: Page, name: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait for `count` events of this name and return them."""
    page.wait_for_function("([name, count]) => window.received.filter(each => each.name === name).length >= count", arg=[name, count])
    found: list[dict[str, Any]] = page.evaluate("name => window.received.filter(each => each.name === name)", name)
    return found[:count]
