"""Tokens of this server that are plainly valid, and the memory of verified tokens of hosts: what it returns, and its bound."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from flask import Flask
from jwt import PyJWKSet
from jwt.algorithms import RSAAlgorithm

from notifier.errors import Unauthenticated
from notifier.local_token import local_token
from notifier.services.accounts.host_tokens import HostToken
from notifier.services.accounts.key_set import KeySet
from notifier.services.accounts.person import Person
from notifier.web.auth import verified_tokens
from notifier.web.auth.verified_tokens import Claims, VerifiedTokens
from tests import host
from tests.host import RSA, host_token

KEY = "the key of this server, of 32 bytes or more"


@pytest.fixture
def app() -> Iterator[Flask]:
    """An application that trusts the tests' host, without database."""
    app = Flask(__name__)
    app.config |= {"TRUSTED_AUDIENCE": "notifier", "TRUSTED_PUBLIC_KEY": "", "TRUSTED_JWKS_URL": ""} | host.SETTINGS
    app.config |= {"JWT_SECRET_KEY": KEY, "JWT_DECODE_ISSUER": "notifier", "JWT_DECODE_AUDIENCE": "notifier"}
    verified_tokens.register(app)
    with app.app_context():
        yield app


def own_claims(**changed: Any) -> dict[str, Any]:
    """The claims of an access token of this server. A claim that is changed to None is left out."""
    now = int(time.time())
    of_the_token = {"iat": now, "nbf": now, "exp": now + 60, "jti": "1", "type": "access", "iss": "notifier", "aud": "notifier"}
    of_the_user = {"sub": "alice", "ver": 3, "sid": 7}
    return {name: value for name, value in (of_the_token | of_the_user | changed).items() if value is not None}


def verified(name: str, lives_seconds: float = 60) -> HostToken:
    return HostToken(Person(name), time.time() + lives_seconds)


@pytest.mark.usefixtures("app")
def test_own_tokens_have_the_claims_that_the_library_finds() -> None:
    wanted = own_claims()
    found = verified_tokens.claims_of(jwt.encode(wanted, KEY, algorithm="HS256"))
    of_the_machine = verified_tokens.claims_of(local_token(KEY))

    assert found == Claims("alice", wanted["exp"], 3, 7, None)
    assert of_the_machine is not None
    assert (of_the_machine.sub, of_the_machine.role) == ("@local", "sender")


@pytest.mark.usefixtures("app")
def test_what_is_not_plainly_valid_is_left_to_the_library() -> None:
    now = time.time()
    wrong: dict[str, dict[str, Any]] = {
        "expired": {"exp": now - 1},
        "not valid yet": {"nbf": now + 30},
        "issued later": {"iat": now + 30},
        "without an end": {"exp": None},
        "an end in quotes": {"exp": str(now + 60)},
        "no number": {"exp": float("nan")},
        "a refresh token": {"type": "refresh"},
        "without a type": {"type": None},
        "another issuer": {"iss": "host"},
        "another audience": {"aud": "host"},
        "several audiences": {"aud": ["notifier"]},
        "without a subject": {"sub": None},
    }
    tokens = {name: jwt.encode(own_claims(**changed), KEY, algorithm="HS256") for name, changed in wrong.items()}
    good = jwt.encode(own_claims(), KEY, algorithm="HS256")
    head, body, signature = good.split(".")
    tokens |= {
        "another key": jwt.encode(own_claims(), KEY * 2, algorithm="HS256"),
        "another algorithm": jwt.encode(own_claims(), KEY * 2, algorithm="HS512"),
        "unsigned": jwt.encode(own_claims(), "", algorithm="none"),
        "its signature cut": good[:-1],
        "its signature padded": good + "=",
        "no signature": f"{head}.{body}.",
        "another user's body": f"{head}.{jwt.encode(own_claims(sub='bob'), KEY, algorithm='HS256').split('.')[1]}.{signature}",
        "four parts": f"{head}.{body}.{body}.{signature}",
        "no part": "",
        "other letters": f"{head}.{body}.\u00e4\u2028",
    }

    assert [name for name, token in tokens.items() if verified_tokens.claims_of(token) is not None] == []
    assert verified_tokens.claims_of(good)


def test_a_kept_token_is_known_until_it_expires() -> None:
    tokens = VerifiedTokens()
    alice = verified("alice")
    tokens.keep("a.b.c", alice)
    tokens.keep("d.e.f", verified("bob", lives_seconds=-1))

    assert tokens.get("a.b.c") == alice
    assert tokens.get("d.e.f") is None
    assert tokens.get("a.b.x") is None


def test_tokens_in_use_outlive_the_bound_and_others_make_room() -> None:
    tokens = VerifiedTokens(most=100)
    tokens.keep("in use", verified("alice"))
    tokens.keep("not used", verified("bob"))
    for number in range(1000):
        tokens.keep(str(number), verified(str(number)))
        assert tokens.get("in use")

    assert tokens.get("not used") is None
    assert len(tokens) <= 100


@pytest.mark.usefixtures("app")
def test_a_hosts_token_is_verified_once() -> None:
    token = host_token("42", name="Ann")
    found = verified_tokens.host_token(token)

    assert found is not None
    assert found.person.name == "Ann"
    assert verified_tokens.host_token(token) is found


@pytest.mark.usefixtures("app")
def test_a_hosts_token_expires_although_it_was_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    token = host_token("42")
    verified_tokens.host_token(token)
    later = time.time() + 300
    monkeypatch.setattr("time.time", lambda: later)

    with pytest.raises(Unauthenticated, match="expired"):
        verified_tokens.host_token(token)


def test_a_token_by_a_fetched_key_is_verified_each_time(app: Flask) -> None:
    """The host may withdraw the key."""
    published = [json.loads(RSAAlgorithm.to_jwk(RSA.public_key())) | {"kid": "a"}]
    app.config |= {"TRUSTED_SECRET": "", "TRUSTED_JWKS_URL": "https://host.example/keys"}
    now = time.monotonic()
    keys = app.extensions["notifier.key_set"] = KeySet(lambda: PyJWKSet(published), lambda: now)
    token = jwt.encode(host.claims("42"), RSA, algorithm="RS256", headers={"kid": "a"})
    assert verified_tokens.host_token(token)
    published[0] |= {"kid": "b"}
    now += 301

    with pytest.raises(Unauthenticated):
        verified_tokens.host_token(token)
    assert keys.find("b")


@pytest.mark.usefixtures("app")
def test_long_tokens_take_no_memory() -> None:
    token = host_token("42", groups=["g" * 60] * 20)

    assert verified_tokens.host_token(token) is not verified_tokens.host_token(token)
