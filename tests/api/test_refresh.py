"""Refresh tokens rotate. The one before the last is good for a moment, since tabs refresh together; an older one was stolen."""

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
    told = answer.json()
    return Pair(told["access_token"], told["refresh_token"])


def works(api: Api, token: str) -> bool:
    answer = api.request("GET", "/api/notifications/unread-count", token)
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


def sign_in_of(people: People, person: Person) -> Any:
    with people.elsewhere(), database.read() as connection:
        return connection.execute(select(SignIn).join(User, User.id == SignIn.user_id).where(User.public_id == person.id)).one()


def test_a_refresh_gives_what_a_sign_in_gives(api: Api, alice: Person) -> None:
    told = ask(api, alice.refresh_token).json()

    assert (told["token_type"], told["expires_in"]) == ("Bearer", 1800)
    assert told["user"] == {"id": alice.id, "username": alice.name, "role": "user"}
    assert works(api, told["access_token"])


def test_each_refresh_token_gives_the_next(api: Api, alice: Person) -> None:
    pairs = [pair(alice)]
    for _ in range(4):
        pairs.append(refreshed(api, pairs[-1].refresh))

    assert len({pair.refresh for pair in pairs}) == len({pair.access for pair in pairs}) == 5
    assert all(works(api, pair.access) for pair in pairs)


def test_two_tabs_that_refresh_together_both_go_on(api: Api, alice: Person) -> None:
    tabs = [refreshed(api, alice.refresh_token) for _ in range(2)]
    for _ in range(3):
        tabs = [refreshed(api, tab.refresh) for tab in tabs]

    assert all(works(api, tab.access) for tab in tabs)


def test_the_token_before_the_last_is_good_for_half_a_minute(people: People, api: Api, alice: Person) -> None:
    refreshed(api, alice.refresh_token)
    set_back(people, SignIn.rotated_at, seconds=25)

    assert works(api, refreshed(api, alice.refresh_token).access)


def test_after_that_it_was_stolen_and_the_sign_in_is_over(people: People, api: Api, alice: Person) -> None:
    thief = refreshed(api, alice.refresh_token)
    set_back(people, SignIn.rotated_at, seconds=31)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")

    problem(ask(api, thief.refresh), 401, "token_revoked")
    assert not works(api, thief.access) and not works(api, alice.token)


@pytest.mark.parametrize("sid", [None, "1", [1]], ids=str)
def test_a_token_of_no_sign_in_refreshes_nothing(api: Api, alice: Person, sid: object) -> None:
    problem(ask(api, reissued(alice.refresh_token, sid=sid)), 401, "token_invalid")


def test_one_older_than_the_last_two_was_stolen_at_once(api: Api, alice: Person) -> None:
    second = refreshed(api, alice.refresh_token)
    third = refreshed(api, second.refresh)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")

    problem(ask(api, third.refresh), 401, "token_revoked")
    assert not works(api, third.access)


def test_a_theft_ends_the_sign_in_it_was_from_and_no_other(people: People, api: Api, alice: Person) -> None:
    other = alice.again()
    refreshed(api, refreshed(api, alice.refresh_token).refresh)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")

    assert works(api, other.token)
    assert works(api, refreshed(api, other.refresh_token).access)


def test_a_sign_in_that_is_used_lives_on(people: People, api: Api, alice: Person) -> None:
    before = sign_in_of(people, alice).expires_at
    set_back(people, SignIn.expires_at, days=-1)

    refreshed(api, alice.refresh_token)

    assert sign_in_of(people, alice).expires_at >= before


def test_one_that_is_not_used_ends(people: People, api: Api, alice: Person) -> None:
    set_back(people, SignIn.expires_at, seconds=1)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")


def test_an_expired_refresh_token_is_called_so(api: Api, alice: Person) -> None:
    problem(ask(api, reissued(alice.refresh_token, exp=int(time.time()) - 1)), 401, "token_expired")


def test_an_access_token_refreshes_nothing(api: Api, alice: Person) -> None:
    problem(ask(api, alice.token), 401, "token_invalid")


def test_a_refresh_token_opens_nothing_else(api: Api, alice: Person) -> None:
    problem(api.request("GET", "/api/notifications", alice.refresh_token), 401, "token_invalid")


def test_a_refresh_needs_a_token(api: Api) -> None:
    problem(api.post("/api/auth/refresh"), 401, "token_missing")


def test_who_was_disabled_refreshes_nothing(people: People, api: Api, alice: Person) -> None:
    with people.elsewhere():
        users.set_disabled(alice.name, True)

    problem(ask(api, alice.refresh_token), 401, "token_revoked")


def test_a_role_that_has_changed_is_told(people: People, api: Api, dana: Person) -> None:
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(User).where(User.public_id == dana.id).values(role="user"))

    assert ask(api, dana.refresh_token).json()["user"]["role"] == "user"


@pytest.mark.parametrize("claims", [{"jti": "of another"}, {"sid": 10**9}, {"sid": 0}], ids=str)
def test_a_token_of_no_sign_in_is_revoked(api: Api, alice: Person, claims: dict[str, Any]) -> None:
    problem(ask(api, reissued(alice.refresh_token, **claims)), 401, "token_revoked")
