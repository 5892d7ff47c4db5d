"""Tokens of processes whose clocks differ, and of the key before the present one."""

from __future__ import annotations

import time

import httpx
import jwt
import pytest

from tests.api_client import Api, Person, problem
from tests.people import PASSWORD, People, people_in_process
from tests.servers.notifier import SECRET_KEY
from tests.tokens import reissued

NEXT_KEY = "the next key the next key the next key the next key"


def use(api: Api, token: str) -> httpx.Response:
    return api.request("GET", "/api/notifications/unread-count", token)


@pytest.mark.security("S23")
@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_token_of_a_process_that_is_ahead_is_accepted(api: Api, people: People, claim: str) -> None:
    token = people.person("alice").token

    assert use(api, reissued(token, **{claim: int(time.time()) + 50})).status_code == 200
    problem(use(api, reissued(token, **{claim: int(time.time()) + 90})), 401, "token_invalid")


@pytest.mark.security("S23", "S35")
def test_expired_token_has_no_leeway(api: Api, people: People) -> None:
    problem(use(api, reissued(people.person("alice").token, exp=int(time.time()) - 1)), 401, "token_expired")


@pytest.mark.security("S23")
@pytest.mark.parametrize("exp", ["soon", "99999999999", None, [], True])
def test_expiry_that_is_no_number_is_refused(api: Api, people: People, exp: object) -> None:
    assert use(api, reissued(people.person("alice").token, exp=exp)).status_code == 401


@pytest.mark.security("S22", "S24")
def test_key_that_was_replaced_still_verifies(people: People) -> None:
    alice: Person = people.person("alice")
    url = people.app.config["DATABASE_URL"]
    with people_in_process(url, SECRET_KEY=NEXT_KEY, SECRET_KEY_PREVIOUS=SECRET_KEY) as rotated:
        assert use(rotated.api, alice.token).status_code == 200
        refreshed = rotated.api.request("POST", "/api/auth/refresh", alice.refresh_token)
        assert refreshed.status_code == 200
        fresh = refreshed.json()["access_token"]
        jwt.decode(fresh, NEXT_KEY, algorithms=["HS256"], audience="notifier")
        problem(use(rotated.api, jwt.encode({"sub": alice.id}, "x" * 40, algorithm="HS256")), 401, "token_invalid")
    with people_in_process(url, SECRET_KEY=NEXT_KEY) as later:
        assert use(later.api, fresh).status_code == 200
        problem(use(later.api, alice.token), 401, "token_invalid")


@pytest.mark.security("S27")
def test_form_that_was_open_while_the_key_was_replaced_can_be_sent(people: People) -> None:
    form = {"username": people.account("alice"), "password": PASSWORD}
    with httpx.Client(base_url="http://localhost", transport=httpx.WSGITransport(people.app)) as before:
        before.post("/login", data=form)
        kept, in_form = dict(before.cookies), before.cookies["csrf_access_token"]
    for keys in ({"SECRET_KEY": NEXT_KEY, "SECRET_KEY_PREVIOUS": SECRET_KEY}, {"SECRET_KEY": NEXT_KEY}):
        with (
            people_in_process(people.app.config["DATABASE_URL"], **keys) as rotated,
            httpx.Client(base_url="http://localhost", transport=httpx.WSGITransport(rotated.app), cookies=kept) as after,
        ):
            del kept["access_token_cookie"], after.cookies["access_token_cookie"]  # as if it had expired
            assert after.post("/resume", data={"csrf_token": in_form}).status_code == 303
            assert after.post("/resume", data={"csrf_token": in_form[::-1]}).status_code == 403
            kept = {cookie.name: cookie.value or "" for cookie in after.cookies.jar if cookie.domain}
