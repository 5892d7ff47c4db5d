"""Who calls: the user, key or machine behind a request, from its token or cookie.

What they may do is in `permissions`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Network, ip_address
from types import NoneType

from flask import request

from notifier import current, local_token
from notifier.errors import Forbidden, Unauthenticated
from notifier.logs import WHO_KEY
from notifier.models.user import Role
from notifier.services import audit
from notifier.services.accounts import api_keys, provisioning, users
from notifier.services.accounts.api_keys import Key
from notifier.services.accounts.person import Person
from notifier.services.accounts.users import Account
from notifier.services.audit import Actor
from notifier.services.messages import send
from notifier.services.streams.grants import Grant
from notifier.web.auth import host, open_mode, own_tokens, verified_tokens

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_NO_END = float("inf")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes this request.

    `account`: None for keys that only send, and for the command line on the server's own machine.
    `lives_seconds`: until the token expires. `sign_in`: the id of the sign-in that the token belongs to, if any.
    `from_host`: by a token that a host application signed. `is_open`: without credentials, in the local single-user mode.
    """

    account: Account | None
    role: Role
    lives_seconds: float
    sign_in: int | None = None
    key: Key | None = None
    from_host: bool = False
    is_open: bool = False

    @property
    def sender(self) -> str:
        """The name that messages, sessions and rates are kept under."""
        if self.key:
            return f"key:{self.key.id}"
        return self.account.sender if self.account else send.LOCAL_SENDER

    @property
    def name(self) -> str:
        """The name that the audit log shows."""
        if self.key:
            return self.key.name
        return self.account.name if self.account else send.LOCAL_SENDER


def caller() -> Caller:
    """Authenticate the request by API key, token or cookie, and set the actor of the audit log.

    Raises `Unauthenticated` with the code of the reason, and `Forbidden` (`csrf_failed`) for a cookie without its CSRF token.
    """
    found = _by_bearer() or _by_host() or _own()
    _act_as(found)
    return found


def by_cookie() -> Caller:
    """Authenticate a request of this site's own pages: by cookie alone.

    Raises as `caller` and `own_tokens.same_site`.
    """
    own_tokens.same_site()
    return _by_host() or _own(["cookies"])


def act_as(account: Account) -> None:
    """Set the actor of the audit log to a user who was authenticated by other means than `caller`."""
    _act_as(Caller(account, account.role, _NO_END))


def address() -> str:
    """The client's address, for rates.

    IPv6 clients are counted by /64, since one host usually owns the prefix.
    """
    given = request.remote_addr or ""
    try:
        found = ip_address(given)
    except ValueError:
        return given
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))


def grant(found: Caller, account: Account, session: int | None = None, *, others: bool = False) -> Grant:
    """The right by which a stream of this caller stays open.

    `session`: the id of the session it watches. `others`: it is a stream of another user's inbox.
    """
    key = found.key.prefix if found.key else None
    return Grant(account.id, account.token_version, found.sign_in, key, session, others)


def _act_as(found: Caller) -> None:
    audit.acting(Actor(found.sender, found.name, current.request().remote_addr or ""))


def _by_bearer() -> Caller | None:
    """The caller of an API key or of a host's token.

    None for the tokens of this server, and without a header.
    """
    bearer = _bearer()
    if bearer is None:
        return None
    if bearer.startswith(api_keys.KEY_PREFIX):
        return _by_key(bearer)
    token = verified_tokens.host_token(bearer)
    return None if token is None else _host_user(token.person, token.lives_seconds)


def _bearer() -> str | None:
    """The token or key in the header of this request, if there is one."""
    scheme, _, bearer = current.request().environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return bearer if scheme.lower() == "bearer" else None


def _by_host() -> Caller | None:
    """The user of the application that this server is inside of.

    None for requests that bring a token, and where there is no such application. It is known by a cookie of the application, which
    other sites' forms would send too. A password that a proxy asks for (`Basic`) is no token.
    """
    if not host.in_host() or _bearer() is not None:
        return None
    person = host.signed_in()
    if request.method not in _SAFE_METHODS:
        own_tokens.same_site()
    return _host_user(person, host.GRANT_LIFE_SECONDS)


def _host_user(person: Person, lives_seconds: float) -> Caller:
    """The user of a host application.

    An admin among them is a sender here: who can sign for a user at the host must not thereby administer this server.
    """
    account = provisioning.known(provisioning.host_issuer(), person)
    if account.disabled:
        raise Unauthenticated("This user is disabled here. Ask an admin.", code="token_revoked")
    if account.role == Role.ADMIN:
        account = replace(account, role=Role.SENDER)
    request.environ[WHO_KEY] = f"user:{account.name}"
    return Caller(account, account.role, lives_seconds, from_host=True)


def _by_key(bearer: str) -> Caller:
    key = api_keys.authenticate(bearer)
    if key is None:
        raise Unauthenticated("This key is unknown or was revoked.", code="token_invalid")
    request.environ[WHO_KEY] = f"key:{key.prefix}"
    return Caller(key.account, Role.USER, _NO_END, key=key)


def _own(locations: list[str] | None = None) -> Caller:
    """The caller of a token or cookie of this server.

    Without credentials the user of the local single-user mode, where that is on.
    """
    if open_mode.is_on() and "Authorization" not in request.headers:
        return _by_cookie_or_open()
    return _by_token(locations)


def _by_cookie_or_open() -> Caller:
    """In the local single-user mode: the user of a valid cookie, else the one user."""
    try:
        return _by_token(["cookies"])
    except (Unauthenticated, Forbidden):  # whether the request comes from a page of this server was checked before
        account = open_mode.account()
    request.environ[WHO_KEY] = f"user:{account.name}"
    return Caller(account, account.role, _NO_END, is_open=True)


def _by_token(locations: list[str] | None = None) -> Caller:
    claims = own_tokens.access_claims(locations)
    lives = claims.exp - time.time()
    if claims.sub == local_token.SUBJECT:
        request.environ[WHO_KEY] = send.LOCAL_SENDER
        return Caller(None, Role(claims.role), lives)
    version, sign_in = claims.ver, claims.sid
    account = None
    if isinstance(version, int) and isinstance(sign_in, int | NoneType):
        account = users.by_token(claims.sub, version, sign_in)
    if account is None:
        raise Unauthenticated("The token was revoked. Sign in again.", code="token_revoked")
    current.request().environ[WHO_KEY] = f"user:{account.name}"
    return Caller(account, account.role, lives, sign_in)
