"""Tokens that a host application signs for its own users."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import httpx
import jwt
import pytest

from notifier.services.accounts import directory, groups, users
from notifier.services.accounts.provisioning import Person, known
from tests.api_client import Api, problem
from tests.cases import failures
from tests.databases import Databases
from tests.host import ED25519, ISSUER, P256, RSA, SECRET, SETTINGS, claims, host_token, pem
from tests.people import People, people_in_process

LIST = "/api/notifications"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return SETTINGS


def ask(api: Api, token: str, path: str = LIST) -> httpx.Response:
    return api.request("GET", path, token)


def test_first_token_creates_the_user_and_the_next_one_finds_them(api: Api, people: People) -> None:
    subject = "first-1"

    assert ask(api, host_token(subject, name="Ann Example", email="ann@example.com", locale="de", zoneinfo="Europe/Berlin")).json() == []
    with people.elsewhere():
        before = users.count()
        account = known(ISSUER, Person(subject))
    assert (account.label, account.role, account.name) == ("Ann Example", "user", "Ann-Example")
    ask(api, host_token(subject, name="Ann Changed"))

    with people.elsewhere():
        assert users.count() == before
        assert known(ISSUER, Person(subject)).label == "Ann Changed"
        assert known(ISSUER, Person(subject)).name == "Ann-Example"


def test_a_local_user_of_the_same_name_is_not_taken_over(api: Api, people: People) -> None:
    local = people.person("same")

    ask(api, host_token("someone else", name=local.name))

    with people.elsewhere():
        found = known(ISSUER, Person("someone else"))
        assert found.public_id != local.id
        assert found.name.startswith(local.name)
        assert known("https://another.example", Person("someone else")).id != found.id


@pytest.mark.security("S45")
def test_a_name_that_grows_when_it_is_compared_is_shown_only(api: Api, people: People) -> None:
    """40 times this letter is a key of 80, which PostgreSQL refuses."""
    answer = ask(api, host_token("sharp", name="\u00df" * 40))

    assert answer.status_code == 200
    with people.elsewhere():
        account = known(ISSUER, Person("sharp"))
    assert (account.label, len(account.name) <= 64) == ("\u00df" * 40, True)


def test_a_token_brings_no_role_and_no_unmanaged_group(api: Api, people: People) -> None:
    with people.elsewhere():
        groups.create("managed-here", managed=True)
        groups.create("not-managed")

    ask(api, host_token("g1", role="admin", groups=["managed-here", "not-managed", "unknown"]))

    with people.elsewhere():
        account = known(ISSUER, Person("g1"))
        assert (account.role, [group.name for group in directory.groups_of(account.id)]) == ("user", ["managed-here"])
        groups.add("not-managed", account.name)
    ask(api, host_token("g1", groups=[]))
    with people.elsewhere():
        assert [group.name for group in directory.groups_of(account.id)] == ["not-managed"]


def test_wrong_tokens_are_refused(api: Api) -> None:
    now = int(time.time())
    good = claims("wrong-1")
    cases = {
        "alg none": unsigned(good),
        "another secret": jwt.encode(good, "x" * 40, algorithm="HS256"),
        "HS512 with the right secret": jwt.encode(good, SECRET * 2, algorithm="HS512"),
        "aud": host_token("wrong-1", aud="someone"),
        "no aud": host_token("wrong-1", aud=None),
        "iss": host_token("wrong-1", iss="https://evil.example"),
        "no iss": host_token("wrong-1", iss=None),
        "no exp": host_token("wrong-1", exp=None),
        "a day": host_token("wrong-1", exp=now + 86_400),
        "endless": by_hand(json.dumps(good).replace(str(good["exp"]), "1e999")),
        "not a number": host_token("wrong-1", exp="soon"),
        "no sub": host_token("wrong-1", sub=None),
        "a number as sub": by_hand(json.dumps(good | {"sub": 42})),
        "129": host_token("x" * 129),
        "empty sub": host_token(""),
        "control": host_token("a\x00b"),
        "newline": host_token("a\nb"),
        "name": host_token("wrong-1", name=["a"]),
        "email": host_token("wrong-1", email="no address"),
        "groups": host_token("wrong-1", groups="staff"),
        "a list": by_hand("[]"),
        "not yet": host_token("wrong-1", nbf=now + 600),
    }

    def check(case: str) -> None:
        problem(ask(api, cases[case]), 401, "token_invalid")

    assert failures(cases, check) == []
    problem(ask(api, host_token("wrong-1", exp=now - 1)), 401, "token_expired")
    problem(ask(api, host_token("wrong-1", exp=now - 3600)), 401, "token_expired")


def test_a_disabled_user_is_refused_and_stays_the_same_user(api: Api, people: People) -> None:
    token = host_token("off")
    assert ask(api, token).status_code == 200
    with people.elsewhere():
        account = known(ISSUER, Person("off"))
        users.set_disabled(account.name, True)

    problem(ask(api, token), 401, "token_revoked")
    problem(ask(api, host_token("off")), 401, "token_revoked")


def test_an_admin_of_the_host_cannot_administer(api: Api, people: People) -> None:
    with people.elsewhere():
        account = known(ISSUER, Person("boss"))
        users.set_role(account, "admin")
    token = host_token("boss")

    assert api.request("POST", LIST, token, json={"to": f"user:{account.name}", "title": "Hello"}).status_code == 201
    for path in ("/admin", "/admin/send", "/admin/users"):
        assert ask(api, token, path).status_code == 403, path
    assert ask(api, token, "/settings").status_code == 200


def test_the_kind_of_the_key_decides_the_algorithm(databases: Databases) -> None:
    for private, algorithm in ((RSA, "RS256"), (P256, "ES256"), (ED25519, "EdDSA")):
        public = pem(private)
        with databases.fresh() as url, people_in_process(url, TRUSTED_ISSUER=ISSUER, TRUSTED_PUBLIC_KEY=public) as people:
            good = jwt.encode(claims("7"), private, algorithm=algorithm)
            assert ask(people.api, good).status_code == 200, algorithm
            problem(ask(people.api, by_hand(json.dumps(claims("7")), public)), 401, "token_invalid")
            problem(ask(people.api, host_token("7")), 401, "token_invalid")
            problem(ask(people.api, unsigned(claims("7"))), 401, "token_invalid")


def test_without_trust_a_host_token_is_refused(databases: Databases) -> None:
    with databases.fresh() as url, people_in_process(url) as people:
        problem(ask(people.api, host_token("7")), 401, "token_invalid")


def by_hand(payload: str, secret: str = SECRET) -> str:
    """A token by HS256 whatever the claims and the secret are: PyJWT refuses some."""
    signed = encoded(json.dumps({"alg": "HS256", "typ": "JWT"})) + "." + encoded(payload)
    return signed + "." + base64_of(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())


def unsigned(payload: dict[str, object]) -> str:
    return encoded(json.dumps({"alg": "none"})) + "." + encoded(json.dumps(payload)) + "."


def encoded(text: str) -> str:
    return base64_of(text.encode())


def base64_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
