"""The memory of verified tokens: what it returns, and its bound."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import jwt
import pytest
from flask import Flask
from jwt import PyJWKSet
from jwt.algorithms import RSAAlgorithm

from notifier.errors import Unauthenticated
from notifier.services.accounts.key_set import KeySet
from notifier.web.auth import verified_tokens
from notifier.web.auth.verified_tokens import Claims, VerifiedTokens
from tests import host
from tests.host import RSA, host_token


@pytest.fixture
def app() -> Iterator[Flask]:
    """An application that trusts the tests' host, without database."""
    app = Flask(__name__)
    app.config |= {"TRUSTED_AUDIENCE": "notifier", "TRUSTED_PUBLIC_KEY": "", "TRUSTED_JWKS_URL": ""} | host.SETTINGS
    verified_tokens.register(app)
    with app.app_context():
        yield app


def claims(name: str, lives_seconds: float = 60) -> Claims:
    return Claims(name, time.time() + lives_seconds, 0, 1, None)


def test_a_kept_token_is_known_until_it_expires() -> None:
    tokens = VerifiedTokens[Claims]()
    alice = claims("alice")
    tokens.keep("a.b.c", alice)
    tokens.keep("d.e.f", claims("bob", lives_seconds=-1))

    assert tokens.get("a.b.c") == alice
    assert tokens.get("d.e.f") is None
    assert tokens.get("a.b.x") is None


def test_tokens_in_use_outlive_the_bound_and_others_make_room() -> None:
    tokens = VerifiedTokens[Claims](most=100)
    tokens.keep("in use", claims("alice"))
    tokens.keep("not used", claims("bob"))
    for number in range(1000):
        tokens.keep(str(number), claims(str(number)))
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
