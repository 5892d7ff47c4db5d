"""Access tokens that are plainly valid: verified by a few lines here.

Everything else (expired, signed by an older key, with a CSRF token) is left to the library, which names the fault. Whether a token was
revoked is read from the database at every request, and so is the user that a host's token names.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import time
from typing import Any, NamedTuple

from flask import Flask, current_app, request

from notifier.services.accounts import host_tokens
from notifier.services.accounts.host_tokens import HostToken

_HOST_TOKENS = "notifier.verified_host_tokens"
_MAX_TOKENS = 8192
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_HEADER = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode()
_PADDING = "=="  # more than needed does no harm


class Claims(NamedTuple):
    """The claims of an access token, as `services.accounts.tokens` makes them."""

    sub: str
    exp: float
    ver: Any
    sid: Any
    role: Any


class VerifiedTokens:
    """Verified tokens of hosts by their hash, at most `most`: 0.5 KiB each.

    Two generations: when the young one is full it becomes the old one, and what was not used since is forgotten.
    """

    def __init__(self, most: int = _MAX_TOKENS) -> None:
        self._half = most // 2
        self._young: dict[bytes, HostToken] = {}
        self._old: dict[bytes, HostToken] = {}

    def get(self, token: str) -> HostToken | None:
        """A token that was kept and has not expired."""
        key = _hash(token)
        known = self._young.get(key)
        if known is None:
            known = self._old.get(key)
            if known is not None:
                self._put(key, known)
        return known if known is not None and known.exp > time.time() else None

    def keep(self, token: str, verified: HostToken) -> None:
        """Keep a token that has just been verified."""
        self._put(_hash(token), verified)

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def _put(self, key: bytes, verified: HostToken) -> None:
        if len(self._young) >= self._half:
            self._young, self._old = {}, self._young
        self._young[key] = verified


def register(app: Flask) -> None:
    app.extensions[_HOST_TOKENS] = VerifiedTokens()


def sufficient_token(*, cookies_only: bool) -> str:
    """The token that authenticates this request; empty where a CSRF token is needed with it."""
    given = request.headers.get("Authorization")
    if given is not None and not cookies_only:
        scheme, _, bearer = given.partition(" ")
        return bearer if scheme == "Bearer" else ""
    return request.cookies.get(current_app.config["JWT_ACCESS_COOKIE_NAME"], "") if request.method in _SAFE_METHODS else ""


def claims_of(token: str) -> Claims | None:
    """The claims of a plainly valid access token, else None.

    The library goes through the characters in Python, which takes 75 us. This takes 16, so that nothing needs to be kept.
    """
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    if header != _HEADER or not hmac.compare_digest(_signature(signed), signature.encode()):
        return None
    found = json.loads(base64.urlsafe_b64decode(payload + _PADDING))
    return Claims(found["sub"], found["exp"], found.get("ver"), found.get("sid"), found.get("role")) if _is_valid(found) else None


def host_token(token: str) -> HostToken | None:
    """A token of a host application; None for another one. Raises as `host_tokens.verify`."""
    if not current_app.config["TRUSTED_ISSUER"]:
        return None
    kept: VerifiedTokens = current_app.extensions[_HOST_TOKENS]
    known = kept.get(token)
    if known is None and host_tokens.is_from_host(token):
        known = host_tokens.verify(token)
        if host_tokens.may_be_kept(token):
            kept.keep(token, known)
    return known


def _signature(signed: str) -> bytes:
    """The signature that this server makes of a token's first two parts."""
    signing = _keyed(current_app.config["JWT_SECRET_KEY"]).copy()
    signing.update(signed.encode())
    return base64.urlsafe_b64encode(signing.digest()).rstrip(b"=")


@functools.lru_cache(maxsize=2)
def _keyed(key: str) -> hmac.HMAC:
    """HMAC that has taken the key, which takes as long as to sign a token."""
    return hmac.new(key.encode(), digestmod="sha256")


def _is_valid(claims: dict[str, Any]) -> bool:
    """Whether these are the claims of an access token, for this server and for now."""
    config, now = current_app.config, time.time()
    if not all(isinstance(claims.get(name), int | float) for name in ("iat", "nbf", "exp")):
        return False
    return (
        claims["iat"] <= now
        and claims["nbf"] <= now < claims["exp"]
        and claims.get("type") == "access"
        and isinstance(claims.get("sub"), str)
        and claims.get("iss") == config["JWT_DECODE_ISSUER"]
        and claims.get("aud") == config["JWT_DECODE_AUDIENCE"]
    )


def _hash(token: str) -> bytes:
    """Half the size of a token's signature, and no token in memory."""
    return hashlib.blake2b(token.encode(), digest_size=16).digest()
