"""Refresh tokens rotate.

The previous one stays valid for a moment, since tabs refresh at the same time; use of an older one means that it was stolen.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from notifier import database
from notifier.models import SignIn, User
from notifier.services.accounts import users
from tests.api_client import Api, Person, problem
from tests.people import People
from tests.times import set_back
from tests.tokens import reissued


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str


def pair(person: Person) -> Pair:
    return Pair(person.token, person.refresh_token)


def ask(api: Api, token: str) -> httpx.Response:
    return api.request("POST", "/api/auth/refresh", token)


def refreshed(api: Api, token: str) -> Pair:
    answer = ask(api, token)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return Pair(body["access_token"], body["refresh_token"])


def works(api: Api, token: str) -> bool:
    answer = api.request("GET", "/api/notifications/unread-count", token)
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


def sign_in_of(people: People, person: Person) -> Any:
    with people.elsewhere(), database.read() as connection:
        return connection.execute(select(SignIn).join(User, User.id == SignIn.user_id).where(User.public_id == person.id)).one()


def test_refresh_answers_like_sign_in(api: Api, alice: Person) -> None:
    body = ask(api, alice.refresh_token).json()

    assert (body["token_type"], body["expires_in"]) == ("Bearer", 1800)
    assert body["user"] == {"id": alice.id, "username": alice.name, "role": "user"}
    assert works(api, body["access_token"])


def test_refresh_tokens_rotate(api: Api, alice: Person) -> None:
    pairs = [pair(alice)]
    for _ in range(4):
        pairs.append(refreshed(api, pairs[-1].refresh))

    assert len({pair.refresh for pair in pairs}) == len({pair.access for pair in pairs}) == 5
    assert all(works(api, pair.access) for pair in pairs)


def test_two_concurrent_refreshes_both_succeed(api: Api, alice: Person) -> None:
    tabs = [refreshed(api, alice.refresh_token) for _ in range(2)]
    for _ in range(3):
        tabs = [refreshed(api, tab.refresh) for tab in tabs]

    assert all(works(api, tab.access) for tab in tabs)


def test_previous_refresh_token_is_valid_for_30_seconds(people: People, api: Api, alice: Person) -> None:
    refreshed(api, alice.refresh_token)
    set_back(people, SignIn.rotated_at, seconds=25)

    assert works(api, refreshed(api, alice.refresh_token).access)


@pytest.mark.security("S36")
def test_reused_refresh_token_ends_the_sign_in(people: People, api: Api, alice: Person) -> None:
    thief = refreshed(api, alice.refresh_token)
    set_back(people, SignIn.rotated_at, seconds=31)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")

    problem(ask(api, thief.refresh), 401, "token_revoked")
    assert not works(api, thief.access) and not works(api, alice.token)


@pytest.mark.parametrize("sid", [None, "1", [1]], ids=str)
def test_refresh_token_without_sign_in_is_refused(api: Api, alice: Person, sid: object) -> None:
    problem(ask(api, reissued(alice.refresh_token, sid=sid)), 401, "token_invalid")


@pytest.mark.security("S36")
def test_older_refresh_token_ends_the_sign_in_at_once(api: Api, alice: Person) -> None:
    second = refreshed(api, alice.refresh_token)
    third = refreshed(api, second.refresh)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")

    problem(ask(api, third.refresh), 401, "token_revoked")
    assert not works(api, third.access)


def test_reuse_ends_its_own_sign_in_only(people: People, api: Api, alice: Person) -> None:
    other = alice.sign_in_again()
    refreshed(api, refreshed(api, alice.refresh_token).refresh)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")

    assert works(api, other.token)
    assert works(api, refreshed(api, other.refresh_token).access)


def test_used_sign_in_is_prolonged(people: People, api: Api, alice: Person) -> None:
    before = sign_in_of(people, alice).expires_at
    set_back(people, SignIn.expires_at, days=-1)

    refreshed(api, alice.refresh_token)

    assert sign_in_of(people, alice).expires_at >= before


def test_unused_sign_in_expires(people: People, api: Api, alice: Person) -> None:
    set_back(people, SignIn.expires_at, seconds=1)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")


def test_expired_refresh_token_returns_token_expired(api: Api, alice: Person) -> None:
    problem(ask(api, reissued(alice.refresh_token, exp=int(time.time()) - 1)), 401, "token_expired")


def test_access_token_cannot_refresh(api: Api, alice: Person) -> None:
    problem(ask(api, alice.token), 401, "token_invalid")


def test_refresh_token_is_refused_elsewhere(api: Api, alice: Person) -> None:
    problem(api.request("GET", "/api/notifications", alice.refresh_token), 401, "token_invalid")


def test_refresh_needs_a_token(api: Api) -> None:
    problem(api.post("/api/auth/refresh"), 401, "token_missing")


def test_disabled_user_cannot_refresh(people: People, api: Api, alice: Person) -> None:
    with people.elsewhere():
        users.set_disabled(alice.name, True)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")


def test_refresh_returns_the_current_role(people: People, api: Api, dana: Person) -> None:
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(User).where(User.public_id == dana.id).values(role="user"))

    assert ask(api, dana.refresh_token).json()["user"]["role"] == "user"


@pytest.mark.parametrize("claims", [{"jti": "of another"}, {"sid": 10**9}, {"sid": 0}], ids=str)
def test_token_of_an_unknown_sign_in_is_revoked(api: Api, alice: Person, claims: dict[str, Any]) -> None:
    problem(ask(api, reissued(alice.refresh_token, **claims)), 401, "token_revoked")
