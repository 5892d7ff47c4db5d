"""What a browser is refused is said on a page, in words; programs get the problem."""

from __future__ import annotations

import httpx
import pytest

from notifier.services.inbox import inbox
from tests.api_client import problem
from tests.web.markup import read
from tests.web.test_problems import INSIDE

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_an_address_that_there_is_not(alices_browser: httpx.Client) -> None:
    answer = alices_browser.get("/nothing", headers=BROWSER)

    assert answer.status_code == 404
    assert "There is no page at this address." in read(answer.text).one("main").text
    problem(alices_browser.get("/nothing"), 404, "not_found")
    problem(alices_browser.get("/api/nothing", headers=BROWSER), 404, "not_found")


def test_a_notification_that_is_gone_is_said_on_a_page_with_the_bell(alices_browser: httpx.Client) -> None:
    answer = alices_browser.get("/go/0190a1b2-0000-7000-8000-000000000000/0", headers=BROWSER)

    page = read(answer.text)
    assert answer.status_code == 404
    assert "no such notification" in page.one("main").text
    assert page.one("button", id="bell")


def test_a_wrong_form_is_said_on_a_page(alices_browser: httpx.Client) -> None:
    answer = alices_browser.post("/notifications/read-all", headers=BROWSER)

    assert answer.status_code == 403
    assert "Reload the page" in read(answer.text).one("main").text


def test_a_fault_of_ours_says_nothing_of_the_inside(alices_browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(inbox, "listing", fail)

    answer = alices_browser.get("/notifications", headers=BROWSER)

    assert answer.status_code == 500
    assert "The server failed." in read(answer.text).one("main").text
    assert [word for word in INSIDE if word in answer.text] == []
    problem(alices_browser.get("/notifications"), 500, "internal")
