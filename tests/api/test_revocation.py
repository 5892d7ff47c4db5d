"""Signing out ends one sign-in. A new password and disabling the account end all sign-ins of a user."""

from __future__ import annotations

import json

import httpx
import pytest

from notifier.services.accounts import tokens, users
from tests.api_client import Api, Person, problem
from tests.databases import one_database
from tests.people import PASSWORD, People, people_in_process

NEW = "another horse and another battery"


def works(person: Person) -> tuple[bool, bool]:
    """Return whether the access token and whether the refresh token is accepted."""
    access = person.get("/api/notifications/unread-count")
    refresh = person.api.request("POST", "/api/auth/refresh", person.refresh_token)
    for answer in (access, refresh):
        if answer.status_code != 200:
            problem(answer, 401, "token_revoked")
    return access.status_code == 200, refresh.status_code == 200


def change_password(person: Person, old: object = PASSWORD, new: object = NEW) -> httpx.Response:
    return person.post("/api/auth/password", content=json.dumps({"old": old, "new": new}))


def sign_in(api: Api, person: Person, password: str) -> int:
    return api.post("/api/auth/login", json={"username": person.name, "password": password}).status_code


def test_sign_out_ends_this_sign_in_only(alice: Person, bob: Person) -> None:
    other = alice.sign_in_again()

    assert alice.post("/api/auth/logout").status_code == 200

    assert works(alice) == (False, False)
    assert works(other) == works(bob) == (True, True)


def test_refresh_token_can_sign_out(api: Api, alice: Person) -> None:
    assert api.request("POST", "/api/auth/logout", alice.refresh_token).status_code == 200

    assert works(alice) == (False, False)


def test_sign_out_ends_refreshed_tokens(api: Api, alice: Person) -> None:
    later = api.request("POST", "/api/auth/refresh", alice.refresh_token).json()["access_token"]

    api.request("POST", "/api/auth/logout", later)

    problem(alice.get("/api/notifications"), 401, "token_revoked")
    problem(api.request("GET", "/api/notifications", later), 401, "token_revoked")


def test_user_can_sign_in_again_after_sign_out(alice: Person) -> None:
    alice.post("/api/auth/logout")

    assert works(alice.sign_in_again()) == (True, True)


def test_local_token_survives_sign_out(people: People, api: Api, alice: Person) -> None:
    with people.elsewhere():
        token = tokens.access_token(users.by_name(alice.name))
    assert api.request("POST", "/api/auth/logout", token).status_code == 200

    assert api.request("GET", "/api/notifications", token).status_code == 200
    assert works(alice) == (True, True)


def test_password_change_takes_effect(api: Api, alice: Person) -> None:
    assert change_password(alice).status_code == 200

    assert (sign_in(api, alice, PASSWORD), sign_in(api, alice, NEW)) == (401, 200)


def test_password_change_ends_all_but_the_new_sign_in(alice: Person, bob: Person) -> None:
    other = alice.sign_in_again()

    answer = change_password(alice)

    assert works(alice) == works(other) == (False, False)
    assert works(Person(alice.api, NEW, answer.json())) == works(bob) == (True, True)


@one_database
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong horse", NEW, "old"),
        ("", NEW, "old"),
        (None, NEW, "old"),
        (PASSWORD, "short", "new"),
        (PASSWORD, "", "new"),
        (PASSWORD, "x" * 1025, "new"),
        (PASSWORD, "\ud800" * 8, "new"),
        (PASSWORD, 12345678, "new"),
        (PASSWORD.upper(), NEW, "old"),
    ],
    ids=lambda value: ascii(value)[:12],
)
def test_refused_password_change_is_named_and_ends_nothing(api: Api, alice: Person, old: object, new: object, field: str) -> None:
    problem(change_password(alice, old, new), 422, "invalid", field)

    assert works(alice) == (True, True)
    assert sign_in(api, alice, PASSWORD) == 200


def test_wrong_old_passwords_are_rate_limited(people: People) -> None:
    with people_in_process(people.app.config["DATABASE_URL"], LOGIN_RATE="2/hour") as strict:
        alice = strict.person("alice")
        for _ in range(2):
            problem(change_password(alice, "wrong horse"), 422, "invalid", "old")

        problem(change_password(alice), 429, "too_many")


@pytest.mark.parametrize("again", [False, True], ids=["disabled", "and enabled again"])
def test_disabling_ends_everything(people: People, alice: Person, bob: Person, again: bool) -> None:
    other = alice.sign_in_again()
    with people.elsewhere():
        users.set_disabled(alice.name, True)
        if again:
            users.set_disabled(alice.name, False)

    assert works(alice) == works(other) == (False, False)
    assert works(bob) == (True, True)


def test_enabled_user_can_sign_in_again(people: People, api: Api, alice: Person) -> None:
    with people.elsewhere():
        users.set_disabled(alice.name, True)
    assert sign_in(api, alice, PASSWORD) == 401

    with people.elsewhere():
        users.set_disabled(alice.name.upper(), False)

    assert sign_in(api, alice, PASSWORD) == 200


@pytest.mark.security("S40")
def test_common_password_is_refused(alice: Person) -> None:
    refusal = problem(change_password(alice, new="password1"), 422, "invalid")

    assert [error["field"] for error in refusal["errors"]] == ["new"]
    assert works(alice) == (True, True)
