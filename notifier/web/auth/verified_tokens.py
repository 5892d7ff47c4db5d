"""Access tokens that are plainly valid: verified by a few lines here.

Everything else (expired, signed by an older key, with a CSRF token) is left to the library, which names the fault. Whether a token was
revoked is read from the database at every request, and so is the user that a host's token names.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Flask
from pydantic_core import from_json

from notifier import current
from notifier.services.accounts import host_tokens
from notifier.services.accounts.host_tokens import HostToken

_HOST_TOKENS = "notifier.verified_host_tokens"
_MAX_TOKENS = 8192
_MAX_SIGNED = 128
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
    request = current.request()
    given = request.environ.get("HTTP_AUTHORIZATION")
    if given is not None and not cookies_only:
        scheme, _, bearer = given.partition(" ")
        return bearer if scheme.lower() == "bearer" else ""
    return request.cookies.get(current.app().config["JWT_ACCESS_COOKIE_NAME"], "") if request.method in _SAFE_METHODS else ""


def claims_of(token: str) -> Claims | None:
    """The claims of a plainly valid access token, else None.

    The library goes through the characters in Python, which takes 75 us. This takes 10.
    """
    config = current.app().config
    found = _signed(token, config["JWT_SECRET_KEY"])
    if found is None or not _is_valid(found, config):
        return None
    return Claims(found["sub"], found["exp"], found.get("ver"), found.get("sid"), found.get("role"))


def host_token(token: str) -> HostToken | None:
    """A token of a host application; None for another one. Raises as `host_tokens.verify`."""
    app = current.app()
    if not app.config["TRUSTED_ISSUER"]:
        return None
    kept: VerifiedTokens = app.extensions[_HOST_TOKENS]
    known = kept.get(token)
    if known is None and host_tokens.is_from_host(token):
        known = host_tokens.verify(token)
        if host_tokens.may_be_kept(token):
            kept.keep(token, known)
    return known


@functools.lru_cache(maxsize=_MAX_SIGNED)
def _signed(token: str, key: str) -> Mapping[str, Any] | None:
    """What a token claims whose signature this server made, else None.

    The last ones are kept, since a sender and a page bring theirs again and again.
    """
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    if header != _HEADER or not hmac.compare_digest(_signature(signed, key), signature.encode()):
        return None
    claims: dict[str, Any] = from_json(base64.urlsafe_b64decode(payload + _PADDING), cache_strings="keys")
    return claims


def _signature(signed: str, key: str) -> bytes:
    """The signature that this server makes of a token's first two parts."""
    signing = _keyed(key).copy()
    signing.update(signed.encode())
    return base64.urlsafe_b64encode(signing.digest()).rstrip(b"=")


@functools.lru_cache(maxsize=2)
def _keyed(key: str) -> hmac.HMAC:
    """HMAC that has taken the key, which takes as long as to sign a token."""
    return hmac.new(key.encode(), digestmod="sha256")


def _is_valid(claims: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether these are the claims of an access token, for this server and for now."""
    issued, begins, ends, now = claims.get("iat"), claims.get("nbf"), claims.get("exp"), time.time()
    if not (isinstance(issued, int | float) and isinstance(begins, int | float) and isinstance(ends, int | float)):
        return False
    return (
        issued <= now
        and begins <= now < ends
        and claims.get("type") == "access"
        and isinstance(claims.get("sub"), str)
        and claims.get("iss") == config["JWT_DECODE_ISSUER"]
        and claims.get("aud") == config["JWT_DECODE_AUDIENCE"]
    )


def _hash(token: str) -> bytes:
    """Half the size of a token's signature, and no token in memory."""
    return hashlib.blake2b(token.encode(), digest_size=16).digest()
