"""Errors as pages for browsers, and as problem documents for programs."""

from __future__ import annotations

import httpx
import pytest

from notifier.services.inbox import inbox
from tests.api_client import problem
from tests.web.markup import read
from tests.web.test_problems import INTERNALS

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_unknown_path_returns_404_page_to_browsers_and_problem_to_programs(alices_browser: httpx.Client) -> None:
    answer = alices_browser.get("/nothing", headers=BROWSER)

    assert answer.status_code == 404
    assert "There is no page at this address." in read(answer.text).one("main").text
    problem(alices_browser.get("/nothing"), 404, "not_found")
    problem(alices_browser.get("/api/nothing", headers=BROWSER), 404, "not_found")


def test_missing_notification_returns_404_page_with_bell(alices_browser: httpx.Client) -> None:
    answer = alices_browser.get("/go/0190a1b2-0000-7000-8000-000000000000/0", headers=BROWSER)

    page = read(answer.text)
    assert answer.status_code == 404
    assert "no such notification" in page.one("main").text
    assert page.one("button", id="bell")


def test_missing_csrf_token_returns_403_page(alices_browser: httpx.Client) -> None:
    answer = alices_browser.post("/notifications/read-all", headers=BROWSER)

    assert answer.status_code == 403
    assert "Reload the page" in read(answer.text).one("main").text


@pytest.mark.security("S53")
def test_internal_error_reveals_no_internals(alices_browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("an internal secret")

    monkeypatch.setattr(inbox, "listing", fail)

    answer = alices_browser.get("/notifications", headers=BROWSER)

    assert answer.status_code == 500
    assert "The server failed." in read(answer.text).one("main").text
    assert [word for word in INTERNALS if word in answer.text] == []
    problem(alices_browser.get("/notifications"), 500, "internal")
