"""An admin or a sender at the pages under `/admin`, with what their forms carry."""

from __future__ import annotations

import html
import re

import httpx

from tests.web.conftest import sign_in


class Desk:
    """`browser` becomes that of the person called `name`."""

    def __init__(self, browser: httpx.Client, name: str) -> None:
        self.browser = browser
        self.name = name
        assert sign_in(browser, name).status_code == 303

    def get(self, path: str) -> str:
        """What stands on the page, tags and all, unescaped."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return html.unescape(answer.text)

    def post(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """As the form on the page does it, with its token."""
        token = self.browser.cookies["csrf_access_token"]
        return self.browser.post(path, data={"csrf_token": token} | fields, headers={"Accept": "text/html"})

    def done(self, path: str, **fields: str | list[str]) -> str:
        """Where a form that works leads."""
        answer = self.post(path, **fields)
        assert answer.status_code == 303, f"{answer.status_code} {wrongs(answer)}"
        return str(answer.headers["location"])

    def asked(self, path: str, **fields: str) -> str:
        """Where a form leads that asks first: nothing is done before the answer."""
        question = self.post(path, **fields)
        assert question.status_code == 200 and 'name="sure"' in question.text, f"{question.status_code}"
        return self.done(path, sure="yes", **fields)

    def secret(self, path: str, **fields: str | list[str]) -> str:
        """What a form shows once."""
        answer = self.post(path, **fields)
        assert answer.status_code == 200, f"{answer.status_code} {wrongs(answer)}"
        found = re.search(r'id="secret"[^>]* value="([^"]+)"', answer.text)
        assert found, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return found[1]


def wrongs(answer: httpx.Response) -> dict[str, str]:
    """What a page says is wrong, by field."""
    found = re.findall(r'<span class="wrong" id="([^"]+)-wrong">([^<]*)</span>', answer.text)
    return {field: html.unescape(text) for field, text in found}
