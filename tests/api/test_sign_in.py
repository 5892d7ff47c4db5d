"""POST /api/auth/login: name and password return tokens; a failure does not reveal which of them is wrong."""

from __future__ import annotations

import time

import httpx
import jwt
import pytest
from sqlalchemy import update

from notifier import database
from notifier.models import User
from notifier.models.columns import now
from notifier.services.accounts import users
from notifier.services.validation import name_key
from tests.api_client import Api, problem
from tests.databases import Databases
from tests.people import PASSWORD, People


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: signing in does not depend on the database."""
    return sqlite_databases


def sign_in(api: Api, name: str, password: str) -> httpx.Response:
    return api.post("/api/auth/login", json={"username": name, "password": password})


def test_sign_in_returns_tokens(people: People, api: Api) -> None:
    name = people.account("alice", "sender")

    answer = sign_in(api, name, PASSWORD)

    assert answer.status_code == 200
    signed_in = answer.json()
    assert (signed_in["token_type"], signed_in["expires_in"]) == ("Bearer", 1800)
    assert signed_in["user"] == {"id": signed_in["user"]["id"], "username": name, "role": "sender"}
    assert api.get("/api/notifications", headers={"Authorization": f"Bearer {signed_in['access_token']}"}).status_code == 200


@pytest.mark.security("S18")
def test_token_carries_the_user_id_only(people: People, api: Api) -> None:
    signed_in = sign_in(api, people.account("alice"), PASSWORD).json()

    claims = jwt.decode(signed_in["access_token"], options={"verify_signature": False})
    assert claims.keys() <= {"sub", "iss", "aud", "exp", "iat", "nbf", "jti", "type", "fresh", "csrf", "ver", "sid"}
    assert claims["sub"] == signed_in["user"]["id"]


def test_each_sign_in_has_its_own_token(people: People, api: Api) -> None:
    name = people.account("alice")

    assert sign_in(api, name, PASSWORD).json()["access_token"] != sign_in(api, name, PASSWORD).json()["access_token"]


@pytest.mark.parametrize("write", [str.upper, str.title, lambda name: f"\uff41{name[1:]}"], ids=["upper", "title", "wide"])
def test_name_matches_in_any_form(people: People, api: Api, write: object) -> None:
    name = people.account("alice")
    assert callable(write)

    assert sign_in(api, write(name), PASSWORD).json()["user"]["username"] == name


@pytest.mark.security("S38")
def test_wrong_password_and_unknown_name_answer_alike(people: People, api: Api) -> None:
    wrong = problem(sign_in(api, people.account("alice"), "wrong horse"), 401, "credentials_invalid")

    assert problem(sign_in(api, "nobody", "wrong horse"), 401, "credentials_invalid") == wrong


def test_disabled_user_is_answered_like_an_unknown_one(people: People, api: Api) -> None:
    name = people.account("alice")
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(User).where(User.name_key == name_key(name)).values(disabled_at=now()))

    assert problem(sign_in(api, name, PASSWORD), 401) == problem(sign_in(api, "nobody", PASSWORD), 401)


@pytest.mark.security("S38")
def test_unknown_name_costs_as_much_as_a_wrong_password(people: People, api: Api) -> None:
    with people.elsewhere():
        users.create_user("with-a-hash-of-full-cost", PASSWORD)

    wrong, unknown = (min(work(api, name) for _ in range(3)) for name in ("with-a-hash-of-full-cost", "nobody"))

    assert 0.5 < unknown / wrong < 2


@pytest.mark.parametrize("password", [PASSWORD.upper(), PASSWORD + " ", PASSWORD[:-1], PASSWORD + "\0"])
def test_similar_password_is_wrong(people: People, api: Api, password: str) -> None:
    problem(sign_in(api, people.account("alice"), password), 401, "credentials_invalid")


@pytest.mark.parametrize("missing", ["username", "password"])
def test_name_and_password_are_required(api: Api, missing: str) -> None:
    body = {"username": "alice", "password": "wrong horse"}
    del body[missing]

    problem(api.post("/api/auth/login", json=body), 422, "invalid", missing)


def work(api: Api, name: str) -> float:
    """Return the CPU seconds of a failed sign-in, in all threads of this process."""
    start = time.process_time()
    sign_in(api, name, "wrong horse")
    return time.process_time() - start
