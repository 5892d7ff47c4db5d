"""The name and the accent colour of a site."""

from __future__ import annotations

import httpx
import pytest

from notifier.config import SettingError
from tests.people import People, people_in_process
from tests.web.markup import read


def test_pages_carry_the_name_and_the_colours_of_the_site(people: People) -> None:
    with people_in_process(people.app.config["DATABASE_URL"], SITE_NAME="Acme <News>", ACCENT="#FFE000") as named:
        browser = httpx.Client(base_url="http://localhost", transport=httpx.WSGITransport(named.app))
        page = read(browser.get("/login").text)
        css, mark = (browser.get(path) for path in ("/identity.css", "/identity.svg"))

    assert page.one("title").text == "Sign in · Acme <News>"
    assert page.one("a", class_="brand").text == "Acme <News>"
    assert page.one("link", rel="icon").attributes["href"] == "/identity.svg"
    assert "#ffe000" in css.text and css.headers["content-type"] == "text/css; charset=utf-8"
    assert "#3f51c9" not in mark.text and mark.headers["content-type"].startswith("image/svg+xml")


def test_without_an_accent_pages_use_the_static_files(people: People, visitor: httpx.Client) -> None:
    page = read(visitor.get("/login").text)

    assert page.one("a", class_="brand").text == "notifier"
    assert page.one("link", rel="icon").attributes["href"] == "/static/icon.svg"
    assert visitor.get("/identity.css").status_code == 404


@pytest.mark.parametrize("setting", [{"ACCENT": "red"}, {"ACCENT": "#fff"}, {"SITE_NAME": ""}])
def test_wrong_value_stops_the_start(people: People, setting: dict[str, str]) -> None:
    with pytest.raises(SettingError), people_in_process(people.app.config["DATABASE_URL"], **setting):
        pass
