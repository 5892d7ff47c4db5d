"""A signed-in admin or sender on the pages under `/admin`: requests with CSRF token, forms with confirmation, field errors."""

from __future__ import annotations

import html
import re

import httpx

from tests.people import PASSWORD


class AdminBrowser:
    """`browser` is signed in as the user `name`."""

    def __init__(self, browser: httpx.Client, name: str) -> None:
        self.browser = browser
        self.name = name
        assert browser.post("/login", data={"username": name, "password": PASSWORD}).status_code == 303

    def get(self, path: str) -> str:
        """The HTML of a page, unescaped."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return html.unescape(answer.text)

    def post(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Submit a form with its CSRF token."""
        token = self.browser.cookies["csrf_access_token"]
        return self.browser.post(path, data={"csrf_token": token} | fields, headers={"Accept": "text/html"})

    def submit(self, path: str, **fields: str | list[str]) -> str:
        """Submit a form that succeeds; return where it redirects to."""
        answer = self.post(path, **fields)
        assert answer.status_code == 303, f"{answer.status_code} {field_errors(answer)}"
        return str(answer.headers["location"])

    def confirm(self, path: str, **fields: str) -> str:
        """Submit a form that asks for confirmation, confirm, and return where it redirects to."""
        question = self.post(path, **fields)
        assert question.status_code == 200 and 'name="sure"' in question.text, f"{question.status_code}"
        return self.submit(path, sure="yes", **fields)

    def secret(self, path: str, **fields: str | list[str]) -> str:
        """Submit a form; return the secret that its answer shows once."""
        answer = self.post(path, **fields)
        assert answer.status_code == 200, f"{answer.status_code} {field_errors(answer)}"
        found = re.search(r'id="secret"[^>]* value="([^"]+)"', answer.text)
        assert found, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return found[1]


def field_errors(answer: httpx.Response) -> dict[str, str]:
    """The errors on a page, by form field."""
    found = re.findall(r'<span class="wrong" id="([^"]+)-wrong">([^<]*)</span>', answer.text)
    return {field: html.unescape(text) for field, text in found}
