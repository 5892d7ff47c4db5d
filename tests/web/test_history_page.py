"""The page of one's notifications."""

from __future__ import annotations

import html

import httpx
import pytest

from tests.api_client import Person
from tests.people import People

MARKUP = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "<div hx-get=/logout hx-trigger=load>",
    "<a sse-connect=/x hx-on:click=alert(1)>",
    "</li></ul></main><h1>",
    "{{7*7}}{% for x in y %}{{config}} <b>",
    "&lt;b&gt; & co",
]


def test_an_empty_inbox_says_so(alices_browser: httpx.Client) -> None:
    assert "No notifications yet" in alices_browser.get("/notifications").text


def test_it_shows_one_s_own_and_how_many_are_unread(
    people: People, dana: Person, bob: Person, alices_browser: httpx.Client, alice_name: str
) -> None:
    dana.send(f"user:{alice_name}", title="for alice", message="her text")
    dana.send(bob, title="for bob")

    page = alices_browser.get("/notifications").text

    assert [text for text in ("for alice", "her text", "(1 unread)", alice_name) if text not in page] == []
    assert "for bob" not in page


@pytest.mark.parametrize("markup", MARKUP)
def test_what_was_sent_is_shown_as_text(dana: Person, alices_browser: httpx.Client, alice_name: str, markup: str) -> None:
    dana.send(f"user:{alice_name}", title=markup, message=f"text {markup}")

    page = alices_browser.get("/notifications").text

    assert page.count(html.escape(markup).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")) == 2
    assert markup not in page
