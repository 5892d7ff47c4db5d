"""Verify the tokens of this server that arrive with a request, and name what is wrong."""

from __future__ import annotations

import time
from typing import Any

from flask import request
from flask_jwt_extended import get_jwt, get_jwt_request_location, verify_jwt_in_request
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException, NoAuthorizationError
from jwt.exceptions import ExpiredSignatureError, InvalidSignatureError, PyJWTError

from notifier.errors import Forbidden, Unauthenticated
from notifier.services.accounts import tokens
from notifier.web.auth import host, verified_tokens
from notifier.web.auth.verified_tokens import Claims

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def access_claims(locations: list[str] | None) -> Claims:
    """The claims of this request's access token."""
    token = verified_tokens.sufficient_token(cookies_only=locations is not None)
    known = verified_tokens.claims_of(token) if token else None
    if known is not None:
        return known
    found = _verified(locations=locations)
    if not isinstance(found["exp"], int | float):  # the library takes a number in quotes for one
        raise _invalid()
    return Claims(found["sub"], found["exp"], found.get("ver"), found.get("sid"), found.get("role"))


def refresh_claims() -> dict[str, Any]:
    """The claims of the refresh token of this request. Raises `Unauthenticated`."""
    if host.in_host():
        host.signed_in()
        raise _invalid()
    claims = _verified(refresh=True)
    if not isinstance(claims.get("sid"), int):
        raise _invalid()
    return claims


def by_cookie_token() -> bool:
    """Whether the token of this request came in a cookie."""
    return bool(get_jwt_request_location() == "cookies")


def same_site() -> None:
    """Refuse requests from pages of other sites.

    Browsers name the origin's site; older ones send `Origin` alone. Raises `Forbidden`.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is not None:
        site = "same-origin" if origin.partition("://")[2] == request.host else "cross-site"
    if site not in ("same-origin", "none", None):
        raise Forbidden("This request was sent from a page of another site.", code="csrf_failed")


def _verified(*, refresh: bool = False, locations: list[str] | None = None) -> dict[str, Any]:
    _spell_scheme()
    try:
        _verify(refresh, locations)
    except NoAuthorizationError:
        raise Unauthenticated("Send `Authorization: Bearer TOKEN`, or sign in on the page.", code="token_missing") from None
    except (CSRFError, TypeError):  # the library compares ASCII only
        raise Forbidden("The form's CSRF token is missing or wrong. Reload the page.", code="csrf_failed") from None
    except ExpiredSignatureError:
        raise _expired() from None
    except (PyJWTError, JWTExtendedException, KeyError):
        raise _invalid() from None
    claims = dict(get_jwt())
    # The leeway is for the clock of the issuer, not for the life of the token.
    if not isinstance(claims.get("exp"), int | float):
        raise _invalid()
    if claims["exp"] <= time.time():
        raise _expired()
    if request.method not in _SAFE_METHODS and get_jwt_request_location() == "cookies":
        same_site()
    return claims


def _spell_scheme() -> None:
    """Spell the scheme of the request's header as the library does, which knows no other case."""
    scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"


def _verify(refresh: bool, locations: list[str] | None) -> None:
    """Verify the token by the signing key, or by the one that it replaced."""
    try:
        verify_jwt_in_request(refresh=refresh, locations=locations)
    except InvalidSignatureError:
        if not tokens.try_previous_key():
            raise
        verify_jwt_in_request(refresh=refresh, locations=locations)


def _expired() -> Unauthenticated:
    return Unauthenticated("The token has expired. Sign in again.", code="token_expired")


def _invalid() -> Unauthenticated:
    return Unauthenticated("The token is not valid here. Sign in again.", code="token_invalid")
