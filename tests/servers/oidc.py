"""An OpenID Connect provider on loopback, that signs everybody in as the person it was given."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from jwt.algorithms import RSAAlgorithm

from tests.host import RSA
from tests.servers.port import LOOPBACK
from tests.servers.threaded import Handler, ThreadedServer

CLIENT, SECRET = "notifier", "the secret of the client"


class Provider(ThreadedServer):
    """`person`: the claims of the next sign-in. `changed`: claims that its next id tokens have instead of the right ones."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {"sub": "1", "name": "Ann Example"}
        self.changed: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        provider = self

        class Answering(_Handler):
            served = provider

        super().__init__(Answering)
        self.issuer = f"http://{LOOPBACK}:{self.port}"

    @property
    def settings(self) -> dict[str, object]:
        return {"OIDC_ISSUER": self.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET, "OIDC_NAME": "Example"}

    def approve(self, address: str) -> str:
        """What the browser is redirected to by the provider, for the address that it was sent to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?") and asked["client_id"] == CLIENT
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked["scope"].split() == ["openid", "profile", "email"]
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, given: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once, for the right verifier."""
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or challenge(given.get("code_verifier", "")) != asked["code_challenge"]:
            return None
        if given.get("redirect_uri") != asked["redirect_uri"]:
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"]} | self.person | self.changed
        id_token = jwt.encode(claims, RSA, algorithm="RS256", headers={"kid": "a"})
        return {"id_token": id_token, "access_token": "access", "token_type": "Bearer"}


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class _Handler(Handler):
    served: Provider

    def do_GET(self) -> None:
        issuer = self.served.issuer
        if self.path == "/.well-known/openid-configuration":
            endpoints = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            self._answer(200, {"issuer": issuer} | {name: f"{issuer}/{path}" for name, path in endpoints.items()})
        elif self.path == "/keys":
            self._answer(200, {"keys": [json.loads(RSAAlgorithm.to_jwk(RSA.public_key())) | {"kid": "a"}]})
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        right = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        token = self.served.token(given) if self.path == "/token" and self.headers["Authorization"] == right else None
        self._answer(200, token) if token else self._answer(400, {"error": "invalid_grant"})

    def _answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
