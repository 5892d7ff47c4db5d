"""The scripts and styles that a page loads: few, small, and kept by browsers."""

from __future__ import annotations

import gzip

import httpx
import pytest

from notifier.web.http import assets
from tests.people import People
from tests.web.conftest import Visit, sign_in
from tests.web.markup import read

MOST_BYTES = 38 * 1024
"""Of script and style together, compressed."""


@pytest.fixture
def admins_browser(people: People, visit: Visit) -> httpx.Client:
    browser = visit()
    sign_in(browser, people.account("admin", "admin"))
    return browser


def loaded(browser: httpx.Client, path: str) -> dict[str, int]:
    """The addresses of the scripts and styles of a page, with their compressed sizes."""
    page = read(browser.get(path).text)
    found = [script.attributes["src"] for script in page.all("script")]
    found += [link.attributes["href"] for link in page.all("link", rel="stylesheet")]
    answers = {address: browser.get(address) for address in found}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: len(gzip.compress(answer.content)) for address, answer in answers.items()}


def test_scripts_and_styles_of_every_kind_of_page_are_small(admins_browser: httpx.Client) -> None:
    pages = ("/notifications", "/settings", "/settings/notifications", "/sessions", "/admin", "/admin/users", "/admin/send", "/apidoc/")
    sizes = {page: sum(loaded(admins_browser, page).values()) for page in pages}

    assert {page: size for page, size in sizes.items() if size > MOST_BYTES} == {}
    assert all(any(address.endswith(file) for address in loaded(admins_browser, "/notifications")) for file in assets.VENDOR)


def test_page_of_a_guest_loads_no_script(visitor: httpx.Client) -> None:
    assert [address.rpartition("/")[2] for address in loaded(visitor, "/login")] == ["page.css"]


def test_joined_file_is_kept_as_long_as_its_content_stays(alices_browser: httpx.Client) -> None:
    address = next(address for address in loaded(alices_browser, "/notifications") if address.endswith("live.js"))
    kept, other = alices_browser.get(address), alices_browser.get("/static/joined/0000000000000000/live.js")

    assert "immutable" in kept.headers["Cache-Control"]
    assert (other.content, other.headers["Cache-Control"]) == (kept.content, "no-cache")
    assert kept.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert alices_browser.get("/static/joined/0000000000000000/other.js").status_code == 404
