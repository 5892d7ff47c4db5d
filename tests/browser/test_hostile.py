"""Hostile content and links: markup stays text, and no link leads to another site.

Every test here also fails on a dialog, a request to another site or a violation of the content security policy.
"""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.conftest import ReadBy
from tests.browser.reader import Reader, Tab
from tests.people import PASSWORD
from tests.site import Site

_SCRIPTS = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "'><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<script src=https://evil.example/x.js></script>",
    "<img src=https://evil.example/x.png>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<a href=javascript:alert(1) autofocus onfocus=alert(1)>x</a>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example/><input name=csrf_token></form>",
    "{{7*7}}{{config}}{% for x in (1,) %}{{x}}{% endfor %}",
    "javascript:alert(1)",
)
_HTMX = (
    "<hx-partial hx-target='body' hx-swap='innerHTML'><h1 class=evil>gone</h1></hx-partial>",
    "</hx-partial><hx-partial hx-target='#bell'><b class=evil></b></hx-partial>",
    "<template hx type=partial hx-target=body><h1 class=evil>gone</h1></template>",
    "<div hx-get=/settings hx-trigger=load hx-target=body class=evil>x</div>",
    "<div hx-on:click=alert(1) hx-on::load=alert(1) data-hx-on:click=alert(1) class=evil>x</div>",
    "<div hx-sse:connect=/stream sse-connect=/stream class=evil>x</div>",
    "<div hx-swap-oob=true id=bell class=evil>x</div>",
    "<title>evil</title>",
    "\n\nevent: bye\ndata: {}",
    "js:alert(1)",
)
_LINKS = (
    "javascript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "\x0bjavascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:alert(1)",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "https:evil.example",
    "\\\\evil.example\\",
    "file:///etc/passwd",
    "blob:https://evil.example/1",
)
_ELSEWHERE = (
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "https://evil.example/",
    "https:evil.example",
    "\\\\evil.example",
    "/%5cevil.example/../..//evil.example",
    "javascript:alert(1)",
    "@evil.example",
    "///evil.example",
)


@pytest.mark.parametrize("words", [_SCRIPTS, _HTMX], ids=["scripts", "htmx"])
@pytest.mark.security("S5")
def test_hostile_text_stays_text(reader: Reader, alice: Person, dana: Person, words: tuple[str, ...]) -> None:
    """In the live dropdown, toasts and history, and in the page rendered by the server."""
    tab = reader.open()
    for word in words:
        fields = {"title": word.strip().replace("\n", " "), "message": f"{word} and more", "type": "error"}
        dana.send(alice, **fields, actions=[{"label": word.strip().replace("\n", " ")[:50], "url": "/settings"}])
    expect(tab.items).to_have_count(len(words))
    tab.open_bell()
    tab.items.first.locator(".item-title").click()
    assert_harmless(tab, words)
    tab.page.reload()
    tab.wait_for("live")
    tab.open_bell()
    assert_harmless(tab, words)
    for address in (
        "/notifications?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E",
        "/notifications?type=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    ):
        tab.page.goto(address)
        tab.wait_for("live")


def test_image_of_another_site_is_not_loaded(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    dana.send(alice, image_url="https://evil.example/pixel.png")
    expect(tab.items).to_have_count(1)
    assert tab.page.locator("img[src*=evil]").count() == 0


@pytest.mark.security("S9")
def test_dangerous_links_are_refused(reader: Reader, alice: Person, dana: Person) -> None:
    tab = reader.open()
    for link in _LINKS:
        body = {"to": alice.address, "title": "x", "actions": [{"label": "Go", "url": link}]}
        assert dana.post("/api/notifications", json=body).status_code == 422, link
    dana.send(alice, actions=[{"label": "Go", "url": "https://example.org/"}])
    shown = tab.history.get_by_role("link", name="Go")
    expect(shown).to_have_attribute("rel", "noopener noreferrer")
    assert (shown.get_attribute("href") or "").startswith("/go/"), "the page contains no URL of another site"


@pytest.mark.parametrize("address", _ELSEWHERE)
def test_next_rejects_external_urls(site: Site, read_by: ReadBy, alice: Person, address: str) -> None:
    page = read_by(site, alice, sign_in=False).context.new_page()
    page.goto("/login?" + urlencode({"next": address}))
    page.get_by_label("Username").fill(alice.name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
    assert page.url.startswith(f"{site.url}/"), page.url


@pytest.mark.security("S28")
def test_cross_site_form_changes_nothing(reader: Reader, alice: Person, dana: Person) -> None:
    id_ = dana.send(alice)["id"]
    page = reader.context.new_page()
    page.goto("/login")
    reader.context.clear_cookies(name="csrf_access_token")
    answer = page.evaluate(
        "address => fetch(address, { method: 'POST', body: new URLSearchParams({ csrf_token: '' }) }).then(answer => answer.status)",
        f"/notifications/{id_}/delete",
    )
    assert answer == 403
    assert alice.get(f"/api/notifications/{id_}").json()["status"] == "unread"


def assert_harmless(tab: Tab, words: tuple[str, ...]) -> None:
    expect(tab.items).to_have_count(len(words))
    assert tab.page.locator(".evil, iframe, #inbox script, #history script, #toasts script, base, [onerror], [onload]").count() == 0
    assert tab.titles() == [word.strip().replace("\n", " ") for word in reversed(words)]
    assert "evil" not in tab.page.title()
