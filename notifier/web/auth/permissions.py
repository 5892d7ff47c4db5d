"""Permissions: which role and which key may use which operation.

Apart from `callers` (users of a host application) and `open_mode`, nothing else in `web` compares roles.
Every view calls one function of this file first, in plain sight; pages do so through `pages.visitor.current_visitor`. All raise
`Unauthenticated` as `callers.caller` does, and `Forbidden`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

from notifier import current
from notifier.errors import Forbidden, Unauthenticated
from notifier.models.user import Role
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.permissions import READS_ALL_INBOXES, SEES_ALL_SESSIONS, Viewer
from notifier.web.auth import callers, own_tokens
from notifier.web.auth.callers import Caller


class Operation(StrEnum):
    """What is allowed or refused as one."""

    READ_INBOX = "read_inbox"
    CHANGE_INBOX = "change_inbox"
    WATCH_SESSIONS = "watch_sessions"
    WATCH_ALL_SESSIONS = "watch_all_sessions"
    SEND = "send"
    STEER_ALL_MESSAGES = "steer_all_messages"
    READ_OTHER_INBOXES = "read_other_inboxes"
    MANAGE_PEOPLE = "manage_people"
    ADMINISTER = "administer"


_EVERY_ROLE = frozenset(Role)
_SENDERS = frozenset({Role.SENDER, Role.ADMIN})
_ADMINS = frozenset({Role.ADMIN})

_OF_ROLES: Mapping[Operation, frozenset[Role]] = {
    Operation.READ_INBOX: _EVERY_ROLE,
    Operation.CHANGE_INBOX: _EVERY_ROLE,
    Operation.WATCH_SESSIONS: _EVERY_ROLE,
    Operation.WATCH_ALL_SESSIONS: SEES_ALL_SESSIONS,
    Operation.SEND: _SENDERS,
    Operation.STEER_ALL_MESSAGES: _ADMINS,
    Operation.READ_OTHER_INBOXES: READS_ALL_INBOXES,
    Operation.MANAGE_PEOPLE: _ADMINS,
    Operation.ADMINISTER: _ADMINS,
}
# A key has the operations of its scopes, whatever the role of its user.
_OF_SCOPES: Mapping[str, frozenset[Operation]] = {
    "send": frozenset({Operation.SEND}),
    "read": frozenset({Operation.READ_INBOX, Operation.WATCH_SESSIONS}),
    "people": frozenset({Operation.MANAGE_PEOPLE}),
}
_REFUSALS: Mapping[Operation, str] = {
    Operation.READ_INBOX: "This token or key cannot read an inbox: use a user's token, or a key with the scope `read`.",
    Operation.CHANGE_INBOX: "A key cannot change an inbox or an account: sign in as the user.",
    Operation.WATCH_SESSIONS: "This token or key cannot open a session's stream: ask for its status instead.",
    Operation.SEND: "Only senders and admins may send.",
    Operation.READ_OTHER_INBOXES: "Only admins may open the stream of another user.",
    Operation.MANAGE_PEOPLE: "Only admins, and keys with the scope `people`, may manage users and groups.",
    Operation.ADMINISTER: "Only admins may do that.",
}
_SAFE_METHODS = ("GET", "HEAD")


class _Sender(Protocol):
    """A caller or an account: `sender` is the name that messages are kept under."""

    @property
    def role(self) -> Role: ...
    @property
    def sender(self) -> str: ...


def role_may(role: Role, operation: Operation) -> bool:
    """Whether a signed-in user with `role` may use `operation`."""
    return role in _OF_ROLES[operation]


def may(caller: Caller, operation: Operation) -> bool:
    """Whether `caller`, a user, a key or the server's own machine, may use `operation`."""
    if caller.key is not None:
        return any(operation in _OF_SCOPES[scope] for scope in caller.key.scopes)
    return role_may(caller.role, operation)


def require(caller: Caller, operation: Operation) -> None:
    """Raise `Forbidden` unless `caller` may use `operation`."""
    if not may(caller, operation):
        raise Forbidden(_REFUSALS[operation])


def user() -> Account:
    """The signed-in user, or for reading the user of a key with the scope `read`."""
    return reader()[0]


def reader() -> tuple[Account, Caller]:
    """As `user`, with the caller."""
    caller = callers.caller()
    account = _account(caller, Operation.READ_INBOX)
    if current.request().method not in _SAFE_METHODS:
        require(caller, Operation.CHANGE_INBOX)
    return account, caller


def page_user() -> tuple[Account, int | None]:
    """The user who opens a page, and the id of the sign-in, if any.

    No key may: opening pages and links marks notifications as seen, clicked and read. A host's token opens no page of senders and admins.
    """
    caller = callers.caller()
    require(caller, Operation.CHANGE_INBOX)
    account = _account(caller, Operation.READ_INBOX)
    return (replace(account, role=Role.USER) if caller.from_host else account), caller.sign_in


def browser() -> tuple[Account, Caller]:
    """As `reader`, for streams that only this site's own pages open: by cookie, from this site."""
    caller = callers.by_cookie()
    return _account(caller, Operation.READ_INBOX), caller


def watcher() -> tuple[Account, Caller]:
    """A user, or the user of a key, who may open streams of sessions."""
    caller = callers.caller()
    return _account(caller, Operation.WATCH_SESSIONS), caller


def signing_out() -> tuple[Account, int | None]:
    """The user who signs out and the id of the sign-in to end, by either of its tokens.

    The access token may have expired.
    """
    try:
        account, caller = reader()
    except Unauthenticated as refusal:
        return _by_refresh_token(refusal)
    return account, caller.sign_in


def sender() -> Caller:
    """A caller who may send messages, and create and move sessions."""
    caller = callers.caller()
    require(caller, Operation.SEND)
    return caller


def people_manager() -> Caller:
    """A caller who may create and change users and groups."""
    caller = callers.caller()
    require(caller, Operation.MANAGE_PEOPLE)
    return caller


def administrator() -> Caller:
    """An admin, for what concerns the whole server."""
    caller = callers.caller()
    require(caller, Operation.ADMINISTER)
    return caller


def steered() -> str | None:
    """The sender whose messages the caller may follow and withdraw; None: those of all senders."""
    return steered_by(sender())


def steered_by(who: _Sender) -> str | None:
    """As `steered`, of a caller or account that is known already."""
    return None if role_may(who.role, Operation.STEER_ALL_MESSAGES) else who.sender


def viewer() -> Viewer:
    """As whom the caller sees sessions."""
    return viewer_of(callers.caller())


def viewer_of(caller: Caller) -> Viewer:
    """As `viewer`, of a known caller.

    A key without the scope `read` sees only the sessions it created.
    """
    account = caller.account if may(caller, Operation.WATCH_SESSIONS) else None
    return Viewer(account.id if account else None, may(caller, Operation.WATCH_ALL_SESSIONS), caller.sender)


def user_viewer(account: Account, role: Role) -> Viewer:
    """As whom a user sees sessions on pages and streams: not what a key of theirs created."""
    return Viewer(account.id, role_may(role, Operation.WATCH_ALL_SESSIONS), account.sender)


def _by_refresh_token(refusal: Unauthenticated) -> tuple[Account, int]:
    """The user and sign-in of a valid refresh token, else raise `refusal`, that of the access token."""
    try:
        claims = own_tokens.refresh_claims()
    except Unauthenticated:
        raise refusal from None
    account = users.by_public_id(claims["sub"])
    if account is None:
        raise refusal
    return account, claims["sid"]


def _account(caller: Caller, operation: Operation) -> Account:
    """The user that `caller` acts for.

    The server's own machine and keys that only send act for no user.
    """
    require(caller, operation)
    if caller.account is None:
        raise Forbidden(_REFUSALS[operation])
    return caller.account
