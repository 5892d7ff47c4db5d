"""The key set of a host: fetched rarely, kept through outages, and found by key id."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import PyJWK, PyJWKSet
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import PyJWKClientConnectionError

from notifier.services.accounts.key_set import KeySet
from tests.host import ED25519, RSA


class Server:
    """A key server with a clock. `down`: it does not answer."""

    def __init__(self, *kids: str) -> None:
        self.kids = list(kids)
        self.fetches = 0
        self.down = False
        self.now = 0.0
        self.keys = KeySet(self.fetch, lambda: self.now)

    def fetch(self) -> PyJWKSet:
        self.fetches += 1
        if self.down:
            raise PyJWKClientConnectionError("refused")
        return PyJWKSet([jwk(kid) for kid in self.kids])


def jwk(kid: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(RSA.public_key()))
    return found | {"kid": kid}


def kid_of(found: PyJWK | None) -> str | None:
    return None if found is None else found.key_id


def test_a_thousand_tokens_cause_one_fetch_in_five_minutes() -> None:
    server = Server("a")

    assert {kid_of(server.keys.find("a")) for _ in range(1000)} == {"a"}
    assert server.fetches == 1


def test_unknown_keys_cause_at_most_two_fetches_a_minute() -> None:
    server = Server("a")
    for second in range(600):
        server.now = second / 10
        assert server.keys.find(f"unknown-{second}") is None

    assert server.fetches == 2


def test_a_rotated_key_is_found_at_once() -> None:
    server = Server("a")
    server.keys.find("a")
    server.kids = ["b"]

    assert kid_of(server.keys.find("b")) == "b"
    assert server.keys.find("a") is None


def test_the_last_good_keys_serve_for_a_day_without_the_server() -> None:
    server = Server("a")
    server.keys.find("a")
    server.down = True
    for minute in range(0, 24 * 60, 10):
        server.now = minute * 60
        assert kid_of(server.keys.find("a")) == "a"
    server.now = 86_401

    assert server.keys.find("a") is None
    assert server.keys.empty


def test_a_server_that_comes_back_is_asked_again() -> None:
    server = Server("a")
    server.down = True
    assert server.keys.find("a") is None
    server.down = False
    server.now = 61

    assert kid_of(server.keys.find("a")) == "a"


def test_a_token_without_a_key_id_fits_only_a_single_key() -> None:
    assert kid_of(Server("a").keys.find(None)) == "a"
    assert Server("a", "b").keys.find(None) is None


def test_secrets_in_a_key_set_are_not_keys() -> None:
    octets = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "s", "alg": "HS256"}
    keys = KeySet(lambda: PyJWKSet([octets, jwk("a")]), lambda: 0.0)

    assert keys.find("s") is None
    assert kid_of(keys.find("a")) == "a"
    assert jwt.algorithms.has_crypto and ED25519


@pytest.mark.security("S24")
def test_a_key_that_is_too_short_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    short: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key()))
    keys = KeySet(lambda: PyJWKSet([short | {"kid": "short"}, jwk("a")]), lambda: 0.0)

    assert keys.find("short") is None
    assert kid_of(keys.find("a")) == "a"
    assert "'short'" in caplog.text and "2048 bits" in caplog.text


def test_an_answer_that_is_nested_too_deeply_has_no_keys() -> None:
    def fetch() -> PyJWKSet:
        raise RecursionError

    keys = KeySet(fetch)

    assert keys.find("a") is None
    assert keys.empty
