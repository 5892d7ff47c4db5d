"""Who is asking, and may they. Called at the top of a view, in plain sight."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Network, ip_address
from types import NoneType
from typing import Any

from flask import request
from flask_jwt_extended import get_jwt, get_jwt_request_location, verify_jwt_in_request
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException, NoAuthorizationError
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from notifier.errors import Forbidden, Unauthenticated
from notifier.logs import WHO
from notifier.models.user import Role
from notifier.services import audit
from notifier.services.accounts import api_keys, tokens, users
from notifier.services.accounts.api_keys import Key
from notifier.services.accounts.users import Account
from notifier.services.audit import Actor
from notifier.services.messages import send
from notifier.services.permissions import Viewer
from notifier.services.streams.grants import Grant

_SENDERS = (Role.SENDER, Role.ADMIN)
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_NO_END = float("inf")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes this request. `account` is None for keys that only send and for the server's own machine.

    `lives_seconds`: until the token ends. `sign_in`: the one it belongs to, if any.
    """

    account: Account | None
    role: Role
    lives_seconds: float
    sign_in: int | None = None
    key: Key | None = None

    @property
    def sender(self) -> str:
        """What messages and rates are kept under."""
        if self.key:
            return f"key:{self.key.id}"
        return self.account.sender if self.account else send.LOCAL

    @property
    def name(self) -> str:
        if self.key:
            return self.key.name
        return self.account.name if self.account else send.LOCAL

    @property
    def viewer(self) -> Viewer:
        """As whom they watch sessions. Keys that only send watch those they made."""
        reads = self.account if self.key is None or "read" in self.key.scopes else None
        return Viewer(reads.id if reads else None, self.role is Role.ADMIN, self.sender)

    @property
    def sends(self) -> bool:
        return "send" in self.key.scopes if self.key else self.role in _SENDERS

    def for_at_most(self, seconds: float) -> Caller:
        """The same, with a token that ends the sooner."""
        return replace(self, lives_seconds=min(self.lives_seconds, seconds))


def caller() -> Caller:
    """Raises `Unauthenticated`, with the code that says why, or `Forbidden` (`csrf_failed`) for a cookie without its token."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    found = _by_key(bearer) if scheme.lower() == "bearer" and bearer.startswith(api_keys.MARK) else _by_token()
    _acting(found)
    return found


def known(account: Account) -> None:
    """Somebody has proved who they are by other means than `caller`."""
    _acting(Caller(account, account.role, _NO_END))


def user() -> Account:
    """The signed-in user, or the one a key reads for. Raises as `caller`, and `Forbidden` for a caller who is no user."""
    return reader()[0]


def reader() -> tuple[Account, Caller]:
    """As `user`, with what they came with."""
    found = caller()
    if found.account is None or (found.key and "read" not in found.key.scopes):
        raise Forbidden("This token or key reads nobody's notifications.")
    if found.key and request.method not in ("GET", "HEAD"):
        raise Forbidden("A key reads and sends; it changes nothing in an inbox or an account.")
    return found.account, found


def watcher() -> tuple[Account, Caller]:
    """Somebody who may have streams of sessions. Raises as `caller`, and `Forbidden` for a caller who is no user."""
    found = caller()
    if found.account is None or found.viewer.user_id is None:
        raise Forbidden("This token or key watches on nobody's behalf: ask for the status instead.")
    return found.account, found


def browser() -> tuple[Account, Caller]:
    """As `reader`, for what only our own pages ask for: by cookie, and never on another site's behalf."""
    same_site()
    found = _by_token(["cookies"])
    if found.account is None:
        raise Forbidden("This token reads nobody's notifications.")
    return found.account, found


def same_site() -> None:
    """A request from a page of ours: browsers say where one comes from, older ones by `Origin` alone. Raises `Forbidden`."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is not None:
        site = "same-origin" if origin.partition("://")[2] == request.host else "cross-site"
    if site not in ("same-origin", "none", None):
        raise Forbidden("This was sent from another site.", code="csrf_failed")


def sender() -> Caller:
    """Somebody who may send. Raises as `caller`, and `Forbidden`."""
    found = caller()
    if not found.sends:
        raise Forbidden("Only senders and admins may send.")
    return found


def refresh_claims() -> dict[str, Any]:
    """The claims of the refresh token this request carries. Raises `Unauthenticated`."""
    claims = _verified(refresh=True)
    if not isinstance(claims.get("sid"), int):
        raise Unauthenticated("This is no token of ours.", code="token_invalid")
    return claims


def leaving() -> tuple[Account, int | None]:
    """Who signs out, and of which sign-in, by either of its tokens. Raises as `reader`."""
    try:
        account, found = reader()
    except Unauthenticated as refusal:
        if refusal.code != "token_invalid":
            raise
        claims = refresh_claims()
        owner = users.by_public_id(claims["sub"])
        if owner is None:
            raise
        return owner, claims["sid"]
    return account, found.sign_in


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


def grant(found: Caller, account: Account, session: int | None = None) -> Grant:
    """What a stream of this caller remembers of its right to be open. `session`: the one it watches."""
    return Grant(account.id, account.token_version, found.sign_in, found.key.prefix if found.key else None, session)


def _acting(found: Caller) -> None:
    audit.acting(Actor(found.sender, found.name, request.remote_addr or ""))


def _by_key(bearer: str) -> Caller:
    key = api_keys.presented(bearer)
    if key is None:
        raise Unauthenticated("This key is not known, or no longer good.", code="token_invalid")
    request.environ[WHO] = f"key:{key.prefix}"
    return Caller(key.account, Role.USER, _NO_END, key=key)


def _by_token(locations: list[str] | None = None) -> Caller:
    claims = _verified(locations=locations)
    lives = claims["exp"] - time.time()
    if claims["sub"] == tokens.LOCAL:
        request.environ[WHO] = send.LOCAL
        return Caller(None, Role(claims["role"]), lives)
    version, sign_in = claims.get("ver"), claims.get("sid")
    account = None
    if isinstance(version, int) and isinstance(sign_in, int | NoneType):
        account = users.by_token(claims["sub"], version, sign_in)
    if account is None:
        raise Unauthenticated("The token is no longer good. Sign in again.", code="token_revoked")
    request.environ[WHO] = f"user:{account.name}"
    return Caller(account, account.role, lives, sign_in)


def _verified(*, refresh: bool = False, locations: list[str] | None = None) -> dict[str, Any]:
    try:
        verify_jwt_in_request(refresh=refresh, locations=locations)
    except NoAuthorizationError:
        raise Unauthenticated("Send `Authorization: Bearer TOKEN`, or sign in on the page.", code="token_missing") from None
    except (CSRFError, TypeError):  # the library compares ASCII only
        raise Forbidden("The form's protection token is missing or wrong. Load the page anew.", code="csrf_failed") from None
    except ExpiredSignatureError:
        raise Unauthenticated("The token has expired. Sign in again.", code="token_expired") from None
    except (PyJWTError, JWTExtendedException, KeyError):
        raise Unauthenticated("This is no token of ours.", code="token_invalid") from None
    claims = dict(get_jwt())
    if "exp" not in claims:
        raise Unauthenticated("This is no token of ours.", code="token_invalid")
    if request.method not in _SAFE_METHODS and get_jwt_request_location() == "cookies":
        same_site()
    return claims
