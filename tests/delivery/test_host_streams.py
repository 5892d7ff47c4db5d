"""Streams opened by a host application's token: they end when it expires, and go on with the next one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
import pytest
from jwt.algorithms import RSAAlgorithm

from tests.api_client import STREAM_PATH, Person
from tests.databases import Databases
from tests.host import ISSUER, RSA, claims
from tests.site import Site
from tests.sse import Stream


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    """SQLite only: tokens do not depend on the database."""
    return sqlite_databases


class KeyServer(HTTPServer):
    """Publishes one public key and counts how often it is fetched."""

    fetches = 0


class _Keys(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.fetches += 1
        body = json.dumps({"keys": [json.loads(RSAAlgorithm.to_jwk(RSA.public_key())) | {"kid": "a"}]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """No lines among those of the tests."""


@pytest.fixture(scope="module")
def keys() -> Iterator[KeyServer]:
    with KeyServer(("127.0.0.1", 0), _Keys) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def settings(keys: KeyServer) -> dict[str, object]:
    return {"TRUSTED_ISSUER": ISSUER, "TRUSTED_JWKS_URL": f"http://127.0.0.1:{keys.server_port}/keys"}


def token(subject: str, seconds: float, kid: str = "a") -> str:
    return jwt.encode(claims(subject, exp=time.time() + seconds), RSA, algorithm="RS256", headers={"kid": kid})


def test_stream_ends_when_the_token_expires_and_goes_on_with_the_next(site: Site, dana: Person) -> None:
    stream = Stream(site.server.url + STREAM_PATH, token("42", 2))
    try:
        user_id = stream.until("connected").json["user_id"]
        assert stream.until("bye", timeout=5).json["reason"] == "expired"
        assert stream.wait_closed() and stream.ended_cleanly
    finally:
        stream.close()
    sent = dana.post("/api/notifications", json={"user_id": user_id, "title": "Hello"}).json()["id"]

    again = Stream(site.server.url + STREAM_PATH, token("42", 60), last_event_id=stream.last_event_id)
    try:
        assert [again.next().name, again.next().json["id"]] == ["connected", sent]
    finally:
        again.close()


def test_unknown_keys_are_refused_and_fetch_the_keys_rarely(site: Site, keys: KeyServer) -> None:
    answers = {site.api.request("GET", "/api/notifications", token("42", 60, f"unknown-{n}")).status_code for n in range(50)}

    assert answers == {401}
    assert keys.fetches <= 2
    assert site.api.request("GET", "/api/notifications", token("42", 60)).status_code == 200
