"""A push service for tests, in a thread: checks the token of each push and decrypts it, as a service and a browser together do."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.servers.port import LOOPBACK
from tests.servers.threaded import Handler, ThreadedServer


@dataclass(frozen=True, slots=True)
class Push:
    """A push that was taken. `claims`: of its verified token; `content`: decrypted."""

    claims: Mapping[str, Any]
    headers: Mapping[str, str]
    content: Mapping[str, Any]


class Browser:
    """A subscription: what `pushManager.subscribe` returns, and the key that decrypts. `answers`: the next ones, then 201."""

    def __init__(self, origin: str) -> None:
        self.name = secrets.token_hex(8)
        self.endpoint = f"{origin}/{self.name}"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = secrets.token_bytes(16)
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.pushes: list[Push] = []
        self.requests = 0

    @property
    def p256dh(self) -> str:
        return encoded(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def auth(self) -> str:
        return encoded(self.secret)

    @property
    def form(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth}

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Check and decrypt a push. Returns the status and the headers of the answer."""
        self.requests += 1
        given = dict(part.strip().split("=", 1) for part in headers["Authorization"].removeprefix("vapid ").split(","))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(given["k"]))
        audience = self.endpoint.rpartition("/")[0]
        claims = jwt.decode(given["t"], public, algorithms=["ES256"], audience=audience)
        content = json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret))
        status, more = self.answers.pop(0) if self.answers else (201, {})
        if status == 201:
            self.pushes.append(Push(claims, headers, content))
        return status, more


class PushService(ThreadedServer):
    """Use it as a context manager."""

    def __init__(self) -> None:
        self._browsers: dict[str, Browser] = {}
        browsers = self._browsers

        class Answering(Handler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers = browsers[self.path[1:]].take(dict(self.headers.items()), body)
                self.send_response(status)
                for name, value in (headers | {"Content-Length": "0"}).items():
                    self.send_header(name, value)
                self.end_headers()

        super().__init__(Answering)
        self.origin = f"http://{LOOPBACK}:{self.port}"

    def browser(self) -> Browser:
        browser = Browser(self.origin)
        self._browsers[browser.name] = browser
        return browser


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))
