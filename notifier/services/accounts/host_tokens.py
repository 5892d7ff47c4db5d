"""Verify tokens that a host application signs for its own users.

The key that was set decides the algorithm, never the token. A token lives an hour at most, so that one that was lost is soon
worthless. It names a person, not a role.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import jwt
from flask import current_app
from jwt.exceptions import ExpiredSignatureError, PyJWTError
from jwt.utils import base64url_decode

from notifier.errors import Unauthenticated, Unavailable
from notifier.services.accounts.key_set import ALGORITHMS, KeySet, fetched_from
from notifier.services.accounts.page_settings import zones
from notifier.services.accounts.person import Person
from notifier.trust_settings import algorithm_of

MAX_LIFE_SECONDS = 3600
_CLOCK_SKEW_SECONDS = 60
"""How far the host's clock may be from this one's."""
_MAX_KEPT_LENGTH = 1024
_KEY_SET = "notifier.key_set"
_CLAIMS = {"name": "name", "email": "email", "locale": "locale"}
_OWN_ISSUER = "notifier"
"""The issuer of this server's own tokens."""


@dataclass(frozen=True, slots=True)
class HostToken:
    """A verified token: the person it names, and when it expires, in seconds since 1970."""

    person: Person
    exp: float

    @property
    def lives_seconds(self) -> float:
        return self.exp - time.time()


def is_from_host(token: str) -> bool:
    """Whether to verify `token` as one of a host application. Nothing of it is trusted yet."""
    if not current_app.config["TRUSTED_ISSUER"]:
        return False
    try:
        claims = json.loads(base64url_decode(token.split(".")[1]))
    except (IndexError, ValueError, RecursionError):  # not a token at all
        return False
    return isinstance(claims, dict) and claims.get("iss") != _OWN_ISSUER


def may_be_kept(token: str) -> bool:
    """Whether a token that was verified once stays verified until it expires.

    Not with keys that are fetched: those can be withdrawn while this process runs. Long ones would take too much memory.
    """
    return not current_app.config["TRUSTED_JWKS_URL"] and len(token) <= _MAX_KEPT_LENGTH


def verify(token: str) -> HostToken:
    """Verify a token.

    Raises `Unauthenticated`, and `Unavailable` while the host's keys cannot be fetched.
    """
    claims = _verified(token)
    lives = float(claims["exp"]) - time.time()
    if lives <= 0:
        raise Unauthenticated("The token has expired. Ask your application for the next one.", code="token_expired")
    if lives > MAX_LIFE_SECONDS + _CLOCK_SKEW_SECONDS:
        raise _wrong("`exp` may be an hour ahead at most.")
    try:
        return HostToken(_person(claims), float(claims["exp"]))
    except ValueError as error:
        raise _wrong(f"Its claim {error}.") from None


def _verified(token: str) -> dict[str, Any]:
    settings = current_app.config
    try:
        key, algorithm = _key_for(token)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=settings["TRUSTED_AUDIENCE"],
            issuer=settings["TRUSTED_ISSUER"],
            leeway=_CLOCK_SKEW_SECONDS,
            options={"require": ["iss", "aud", "sub", "exp"]},
        )
    except ExpiredSignatureError:
        raise Unauthenticated("The token has expired. Ask your application for the next one.", code="token_expired") from None
    except (PyJWTError, ValueError, TypeError, OverflowError):
        raise _wrong("It must be signed with the key that is set here, for this audience and issuer.") from None
    return claims


def _key_for(token: str) -> tuple[Any, str]:
    """The key to verify `token` with, and the algorithm of that key."""
    settings = current_app.config
    if settings["TRUSTED_SECRET"]:
        return settings["TRUSTED_SECRET"], "HS256"
    if settings["TRUSTED_PUBLIC_KEY"]:
        return settings["TRUSTED_PUBLIC_KEY"], algorithm_of(settings["TRUSTED_PUBLIC_KEY"])
    keys = _key_set()
    kid = jwt.get_unverified_header(token).get("kid")
    found = keys.find(kid)
    if found is not None:
        return found.key, ALGORITHMS[str(found.key_type)]
    if keys.empty:
        raise Unavailable("The keys of your application cannot be fetched. Try again in a moment.", code="no_keys", retry_after=30)
    raise PyJWTError("unknown key")


def _key_set() -> KeySet:
    found: KeySet | None = current_app.extensions.get(_KEY_SET)
    if found is None:
        found = current_app.extensions[_KEY_SET] = KeySet(fetched_from(current_app.config["TRUSTED_JWKS_URL"]))
    return found


def _person(claims: dict[str, Any]) -> Person:
    """The person of verified claims. Raises `ValueError`.

    A zone that this machine does not know is left out.
    """
    given = {field: claims[claim] for claim, field in _CLAIMS.items() if claims.get(claim) is not None}
    zone = claims.get("zoneinfo")
    return Person(claims["sub"], **given, time_zone=zone if isinstance(zone, str) and zone in zones() else "", groups=claims.get("groups"))


def _wrong(detail: str) -> Unauthenticated:
    return Unauthenticated(f"The token is not valid here. {detail}", code="token_invalid")
