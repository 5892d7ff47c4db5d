"""The embedded bell's scripts and texts as a host's page loads them, and the badge for a host's own page."""

from __future__ import annotations

import re

import httpx
import pytest

from notifier import __version__
from notifier.database_app import ROOT
from notifier.web.http.script_bundle import integrity
from tests.api_client import Api, Person, problem
from tests.people import People


@pytest.fixture
def api(people: People) -> Api:
    return people.api


def test_script_is_asked_for_again_and_not_sent_again(api: Api) -> None:
    answer = api.get("/embed.js")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    again = api.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_script_of_this_version_is_the_same_and_kept(api: Api) -> None:
    answer = api.get(f"/embed.{__version__}.js")

    assert answer.content == api.get("/embed.js").content
    assert "immutable" in answer.headers["Cache-Control"]
    problem(api.get("/embed.0.0.1.js"), 404)


def test_script_names_its_second_part_with_its_hash(api: Api) -> None:
    found = re.search(r'loadPart\("([^"]+)","([^"]+)"\)', api.get("/embed.js").text)

    assert found
    part = api.get(f"/{found[1]}")
    assert (part.status_code, integrity(part.content)) == (200, found[2])
    assert part.headers["Access-Control-Allow-Origin"] == "*"
    problem(api.get("/embed-part.0123456789abcdef.js"), 404)


def test_every_language_has_all_texts(api: Api) -> None:
    texts = (ROOT / "static/js/embed/texts.js").read_text()
    names = re.findall(r"^  (\w+): \"", texts, re.MULTILINE)

    assert "bell" in names
    for locale in ("de", "es", "fr"):
        assert list(api.get(f"/embed.{locale}.json").json()) == names
    problem(api.get("/embed.xx.json"), 404)


def test_badge_shows_the_count_and_nothing_at_zero(alices_browser: httpx.Client, alice_name: str, dana: Person) -> None:
    assert alices_browser.get("/fragments/badge").text.strip() == ""
    for _ in range(10):
        dana.send(f"user:{alice_name}")

    badge = alices_browser.get("/fragments/badge")

    assert badge.text.strip() == '<span class="notifier-badge" aria-label="10 unread">9+</span>'
    assert badge.headers["Cache-Control"] == "no-store"
