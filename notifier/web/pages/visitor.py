"""The signed-in user of a page, and the refresh of an expired sign-in in the same answer."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, after_this_request, g

from notifier.errors import Forbidden, Unauthenticated
from notifier.services.accounts import sign_ins
from notifier.services.accounts.users import Account
from notifier.web.auth import callers, cookies, own_tokens, permissions
from notifier.web.auth.permissions import Operation

_REFRESHABLE = ("token_expired", "token_missing")


@dataclass(frozen=True, slots=True)
class Visitor:
    """The user who requests a page, by the sign-in with the id `sign_in`, if any.

    `csrf_token`: what the forms of that page send back.
    """

    account: Account
    csrf_token: str
    sign_in: int | None = None


def current_visitor(operation: Operation = Operation.READ_INBOX) -> Visitor:
    """Return the signed-in user; an expired access token is refreshed in the same answer.

    Call it first in a view.
    Raises `Unauthenticated`, which redirects to the sign-in page, and `Forbidden` if the user's role may not use `operation`.
    """
    visitor = g.visitor = _signed_in() or _refreshed()
    if not permissions.role_may(visitor.account.role, operation):
        raise Forbidden("This page is not for your role. Ask an admin if you need it.")
    return visitor


def known_visitor() -> Visitor | None:
    """The user that `current_visitor` returned or refused earlier in this request, if any."""
    found: Visitor | None = g.get("visitor")
    return found


def _signed_in() -> Visitor | None:
    """None if the access token is absent or expired, so that a refresh may still work."""
    try:
        account, sign_in = permissions.page_user()
        return Visitor(account, cookies.csrf(), sign_in)
    except Unauthenticated as refusal:
        if refusal.code not in _REFRESHABLE:
            raise
    return None


def _refreshed() -> Visitor:
    claims = own_tokens.refresh_claims()
    tokens = sign_ins.refresh(claims["sid"], claims["jti"], claims["csrf"])
    callers.act_as(tokens.account)

    @after_this_request
    def set_cookies(response: Response) -> Response:
        cookies.keep(response, tokens)
        return response

    return Visitor(tokens.account, tokens.csrf, claims["sid"])
