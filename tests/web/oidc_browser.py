"""Sign in at a provider as a browser does."""

from __future__ import annotations

from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from notifier.services.accounts import users
from notifier.services.accounts.provisioning import Person, known
from tests.people import People
from tests.servers.oidc import Provider


class Browser:
    """Follows the redirects of one sign-in, with its cookies."""

    def __init__(self, people: People, path: str = "/login/oidc?next=/settings") -> None:
        self.people = people
        begun = people.api.get(path)
        assert begun.status_code == 303, begun.text
        self.address = begun.headers["location"]
        self.cookies = cookies_of(begun)

    def come_back(self, address: str, **changed: str) -> httpx.Response:
        """Request the callback; `changed`: parameters of its query."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()} | changed
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return self.people.api.get(f"/login/oidc/callback?{urlencode(query)}", headers={"Cookie": cookie, "Accept": "text/html"})


def cookies_of(answer: httpx.Response) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in answer.headers.get_list("set-cookie"):
        found |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
    return found


def sign_in(people: People, provider: Provider, **person: object) -> httpx.Response:
    provider.person = {"sub": "1"} | person
    browser = Browser(people)
    return browser.come_back(provider.approve(browser.address))


def account(provider: Provider, subject: str) -> users.Account:
    return known(provider.issuer, Person(subject))
