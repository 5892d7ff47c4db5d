"""Access tokens that are plainly valid: verified once, and kept until they expire.

Everything else (expired, signed by an older key, with a CSRF token) is left to the library, which needs three times as long and names
the fault. Only what cannot change is kept: whether a token was revoked is read from the database at every request, and so is the user
that a host's token names.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import jwt
from flask import Flask, current_app, request
from jwt.exceptions import PyJWTError

from notifier.services.accounts import host_tokens
from notifier.services.accounts.host_tokens import HostToken

_TOKENS = "notifier.verified_tokens"
_HOST_TOKENS = "notifier.verified_host_tokens"
_MAX_TOKENS = 8192
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Claims(NamedTuple):
    """The claims of an access token, as `services.accounts.tokens` makes them."""

    sub: str
    exp: float
    ver: Any
    sid: Any
    role: Any


class _Verified(Protocol):
    """A token that was verified. `exp`: when it expires, in seconds since 1970."""

    @property
    def exp(self) -> float: ...


Known = TypeVar("Known", bound=_Verified)


class VerifiedTokens(Generic[Known]):
    """Verified tokens by their hash, at most `most`: 0.3 KiB each, 0.5 of a host's.

    Two generations: when the young one is full it becomes the old one, and what was not used since is forgotten.
    """

    def __init__(self, most: int = _MAX_TOKENS) -> None:
        self._half = most // 2
        self._young: dict[bytes, Known] = {}
        self._old: dict[bytes, Known] = {}

    def get(self, token: str) -> Known | None:
        """A token that was kept and has not expired."""
        key = _hash(token)
        claims = self._young.get(key)
        if claims is None:
            claims = self._old.get(key)
            if claims is not None:
                self._put(key, claims)
        return claims if claims is not None and claims.exp > time.time() else None

    def keep(self, token: str, claims: Known) -> None:
        """Keep a token that has just been verified."""
        self._put(_hash(token), claims)

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def _put(self, key: bytes, claims: Known) -> None:
        if len(self._young) >= self._half:
            self._young, self._old = {}, self._young
        self._young[key] = claims


def register(app: Flask) -> None:
    app.extensions[_TOKENS] = VerifiedTokens[Claims]()
    app.extensions[_HOST_TOKENS] = VerifiedTokens[HostToken]()


def sufficient_token(*, cookies_only: bool) -> str:
    """The token that authenticates this request; empty where a CSRF token is needed with it."""
    given = request.headers.get("Authorization")
    if given is not None and not cookies_only:
        scheme, _, bearer = given.partition(" ")
        return bearer if scheme == "Bearer" else ""
    return request.cookies.get(current_app.config["JWT_ACCESS_COOKIE_NAME"], "") if request.method in _SAFE_METHODS else ""


def claims_of(token: str) -> Claims | None:
    """The claims of a plainly valid access token, else None."""
    kept: VerifiedTokens[Claims] = current_app.extensions[_TOKENS]
    known = kept.get(token)
    return _verify(token, kept) if known is None else known


def host_token(token: str) -> HostToken | None:
    """A token of a host application; None for another one. Raises as `host_tokens.verify`."""
    kept: VerifiedTokens[HostToken] = current_app.extensions[_HOST_TOKENS]
    known = kept.get(token)
    if known is None and host_tokens.is_from_host(token):
        known = host_tokens.verify(token)
        if host_tokens.may_be_kept(token):
            kept.keep(token, known)
    return known


def _verify(token: str, kept: VerifiedTokens[Claims]) -> Claims | None:
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
