"""Signing in through a provider: who comes in, and which answers are refused."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from notifier.services.accounts import users
from tests.api_client import problem
from tests.cases import failures
from tests.databases import Databases
from tests.people import PASSWORD, People, people_in_process
from tests.servers.oidc import Provider
from tests.web.oidc_browser import Browser, account, cookies_of, sign_in


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def settings(shared_provider: Provider) -> dict[str, object]:
    return shared_provider.settings


def test_the_first_sign_in_creates_the_user_and_the_second_finds_them(people: People, provider: Provider) -> None:
    first = sign_in(people, provider, sub="first", name="Ann Example", email="ann@example.com")
    with people.elsewhere():
        count = users.count()
    again = sign_in(people, provider, sub="first", name="Ann Changed")

    assert (first.status_code, first.headers["location"]) == (303, "/settings")
    token = cookies_of(again)["access_token_cookie"]
    page = people.api.get("/settings", headers={"Cookie": f"access_token_cookie={token}", "Accept": "text/html"})
    assert page.status_code == 200
    with people.elsewhere():
        assert users.count() == count
        assert (account(provider, "first").label, account(provider, "first").role) == ("Ann Changed", "user")


def test_a_local_user_of_the_same_name_is_not_taken_over(people: People, provider: Provider) -> None:
    local = people.person("same", "admin")

    assert sign_in(people, provider, sub="taker", name=local.name, preferred_username=local.name).status_code == 303

    with people.elsewhere():
        taker = account(provider, "taker")
        assert (taker.public_id != local.id, taker.role) == (True, "user")


def test_forged_answers_are_refused(people: People, provider: Provider) -> None:
    provider.person = {"sub": "forged"}

    def state(browser: Browser) -> httpx.Response:
        return browser.come_back(provider.approve(browser.address), state="another")

    def no_cookie(browser: Browser) -> httpx.Response:
        browser.cookies = {}
        return browser.come_back(provider.approve(browser.address))

    def cookie_of_another(browser: Browser) -> httpx.Response:
        browser.cookies = Browser(people).cookies
        return browser.come_back(provider.approve(browser.address))

    def cookie_changed(browser: Browser) -> httpx.Response:
        # Not the last character of the signature, of which two bits mean nothing.
        browser.cookies = {name: value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1] for name, value in browser.cookies.items()}
        return browser.come_back(provider.approve(browser.address))

    def code_of_another(browser: Browser) -> httpx.Response:
        other = provider.approve(Browser(people).address)
        return browser.come_back(provider.approve(browser.address), code=parse_qs(urlsplit(other).query)["code"][0])

    def code_twice(browser: Browser) -> httpx.Response:
        address = provider.approve(browser.address)
        assert browser.come_back(address).status_code == 303
        return browser.come_back(address)

    def error(browser: Browser) -> httpx.Response:
        return browser.come_back(f"http://localhost/?error=access_denied&state={parse_qs(urlsplit(browser.address).query)['state'][0]}")

    def check(forge: object) -> None:
        assert callable(forge)
        answer = forge(Browser(people))
        assert answer.status_code == 401, answer.status_code
        assert "access_token_cookie" not in cookies_of(answer)
        assert "Sign in with Example" in answer.text

    assert failures([state, no_cookie, cookie_of_another, cookie_changed, code_of_another, code_twice, error], check) == []


def test_tokens_that_are_not_for_this_sign_in_are_refused(people: People, provider: Provider) -> None:
    def check(changed: dict[str, object]) -> None:
        provider.changed = changed
        answer = sign_in(people, provider, sub="forged")
        assert (answer.status_code, "access_token_cookie" in cookies_of(answer)) == (401, False)

    cases: list[dict[str, object]] = [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"sub": "x" * 129},
    ]
    cases.append({"aud": ["notifier", "b"]})
    assert failures(cases, check) == []


def test_next_leads_only_to_this_site(people: People, provider: Provider) -> None:
    provider.person = {"sub": "next"}
    browser = Browser(people, "/login/oidc?next=https://evil.example/")

    assert browser.come_back(provider.approve(browser.address)).headers["location"] == "/notifications"


def test_a_disabled_user_stays_outside(people: People, provider: Provider) -> None:
    sign_in(people, provider, sub="disabled")
    with people.elsewhere():
        users.set_disabled(account(provider, "disabled").name, True)

    answer = sign_in(people, provider, sub="disabled")

    assert (answer.status_code, "access_token_cookie" in cookies_of(answer)) == (403, False)


def test_groups_links_and_passwords_by_setting(databases: Databases, provider: Provider) -> None:
    more = {"OIDC_ADMIN_GROUP": "admins", "OIDC_LINK_BY_NAME": True, "PASSWORD_SIGN_IN": False}
    with databases.fresh() as url, people_in_process(url, **provider.settings | more) as people:
        local = people.account("local")
        assert sign_in(people, provider, sub="l", preferred_username=local, groups=["admins"]).status_code == 303
        with people.elsewhere():
            assert users.by_name(local).role == "admin"
            assert account(provider, "l").name == local
        sign_in(people, provider, sub="other", preferred_username=local, groups=[])
        sign_in(people, provider, sub="l", groups=["staff"])
        with people.elsewhere():
            assert users.by_name(local).role == "user"
            assert account(provider, "other").name != local
        problem(people.api.post("/api/auth/login", json={"username": local, "password": PASSWORD}), 403, "forbidden")
        assert people.api.post("/login", data={"username": local, "password": PASSWORD}, headers={"Accept": "text/html"}).status_code == 403
        page = people.api.get("/login").text
        assert "Sign in with Example" in page and 'type="password"' not in page


def test_a_provider_that_is_away_is_said_so(databases: Databases) -> None:
    settings = {"OIDC_ISSUER": "http://127.0.0.1:1", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}
    with databases.fresh() as url, people_in_process(url, **settings) as people:
        answer = people.api.get("/login/oidc", headers={"Accept": "text/html"})
        assert (answer.status_code, "does not answer" in answer.text) == (503, True)


def test_without_a_provider_there_is_no_button(databases: Databases) -> None:
    with databases.fresh() as url, people_in_process(url) as people:
        assert people.api.get("/login/oidc").status_code == 404
        assert "Sign in with" not in people.api.get("/login").text
