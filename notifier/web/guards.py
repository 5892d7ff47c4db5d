"""Who is asking, and may they. Called at the top of a view, in plain sight."""

from __future__ import annotations

import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address

from flask import request
from flask_jwt_extended import get_jwt, verify_jwt_in_request
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException, NoAuthorizationError
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from notifier.errors import Forbidden, Unauthenticated
from notifier.models.user import Role
from notifier.services import accounts, tokens
from notifier.services.accounts import Account

_SENDERS = (Role.SENDER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes this request. `account` is None for the server's own machine; `lives_seconds`: until the token ends."""

    account: Account | None
    role: Role
    lives_seconds: float

    @property
    def name(self) -> str:
        """What rates are counted by."""
        return self.account.public_id if self.account else tokens.LOCAL


def caller() -> Caller:
    """Raises `Unauthenticated`, with the code that says why, or `Forbidden` (`csrf_failed`) for a cookie without its token."""
    try:
        verify_jwt_in_request()
        claims = get_jwt()
        lives = claims["exp"] - time.time()
    except NoAuthorizationError:
        raise Unauthenticated("Send `Authorization: Bearer TOKEN`, or sign in on the page.", code="token_missing") from None
    except (CSRFError, TypeError):  # the library compares ASCII only
        raise Forbidden("The form's protection token is missing or wrong. Load the page anew.", code="csrf_failed") from None
    except ExpiredSignatureError:
        raise Unauthenticated("The token has expired. Sign in again.", code="token_expired") from None
    except (PyJWTError, JWTExtendedException, KeyError):
        raise Unauthenticated("This is no token of ours.", code="token_invalid") from None
    if claims["sub"] == tokens.LOCAL:
        return Caller(None, Role(claims["role"]), lives)
    account = accounts.by_public_id(claims["sub"])
    if account is None or account.disabled or claims.get("ver") != account.token_version:
        raise Unauthenticated("The token is no longer good. Sign in again.", code="token_revoked")
    return Caller(account, account.role, lives)


def user() -> Account:
    """The signed-in user. Raises as `caller`, and `Forbidden` for a caller who is no user."""
    found = caller().account
    if found is None:
        raise Forbidden("This token belongs to no user.")
    return found


def sender() -> Caller:
    """Somebody who may send. Raises as `caller`, and `Forbidden`."""
    found = caller()
    if found.role not in _SENDERS:
        raise Forbidden("Only senders and admins may send.")
    return found


def address() -> str:
    """Where the request comes from, an IPv6 host by its /64: who has one address of those has all."""
    given = request.remote_addr or ""
    try:
        found = ip_address(given)
    except ValueError:
        return given
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))
