"""Access tokens that are plainly valid: verified once, and kept until they expire.

Everything else (expired, signed by an older key, with a CSRF token) is left to the library, which needs three times as long and names
the fault. Only what cannot change is kept: whether a token was revoked is read from the database at every request.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any, NamedTuple

import jwt
from flask import Flask, current_app, request
from jwt.exceptions import PyJWTError

_TOKENS = "notifier.verified_tokens"
_MAX_TOKENS = 8192
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Claims(NamedTuple):
    """The claims of an access token, as `services.accounts.tokens` makes them."""

    sub: str
    exp: float
    ver: Any
    sid: Any
    role: Any


class VerifiedTokens:
    """Claims by the hash of their token, of at most `most` tokens: 0.3 KiB each.

    Two generations: when the young one is full it becomes the old one, and what was not used since is forgotten.
    """

    def __init__(self, most: int = _MAX_TOKENS) -> None:
        self._half = most // 2
        self._young: dict[bytes, Claims] = {}
        self._old: dict[bytes, Claims] = {}

    def get(self, token: str) -> Claims | None:
        """The claims of a token that was kept and has not expired."""
        key = _hash(token)
        claims = self._young.get(key)
        if claims is None:
            claims = self._old.get(key)
            if claims is not None:
                self._put(key, claims)
        return claims if claims is not None and claims.exp > time.time() else None

    def keep(self, token: str, claims: Claims) -> None:
        """Keep the claims of a token that has just been verified."""
        self._put(_hash(token), claims)

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def _put(self, key: bytes, claims: Claims) -> None:
        if len(self._young) >= self._half:
            self._young, self._old = {}, self._young
        self._young[key] = claims


def register(app: Flask) -> None:
    app.extensions[_TOKENS] = VerifiedTokens()


def sufficient_token(*, cookies_only: bool) -> str:
    """The token that authenticates this request; empty where a CSRF token is needed with it."""
    given = request.headers.get("Authorization")
    if given is not None and not cookies_only:
        scheme, _, bearer = given.partition(" ")
        return bearer if scheme == "Bearer" else ""
    return request.cookies.get(current_app.config["JWT_ACCESS_COOKIE_NAME"], "") if request.method in _SAFE_METHODS else ""


def claims_of(token: str) -> Claims | None:
    """The claims of a plainly valid access token, else None."""
    kept: VerifiedTokens = current_app.extensions[_TOKENS]
    known = kept.get(token)
    return _verify(token, kept) if known is None else known


def _verify(token: str, kept: VerifiedTokens) -> Claims | None:
    config = current_app.config
    issued = {"audience": config["JWT_DECODE_AUDIENCE"], "issuer": config["JWT_DECODE_ISSUER"]}
    try:
        found = jwt.decode(token, config["JWT_SECRET_KEY"], config["JWT_DECODE_ALGORITHMS"], options={"require": ["exp", "sub"]}, **issued)
    except PyJWTError:
        return None
    if found.get("type") != "access" or not isinstance(found["exp"], int | float):
        return None
    claims = Claims(found["sub"], found["exp"], found.get("ver"), found.get("sid"), found.get("role"))
    kept.keep(token, claims)
    return claims


def _hash(token: str) -> bytes:
    """Half the size of a token's signature, and no token in memory."""
    return hashlib.blake2b(token.encode(), digest_size=16).digest()
