"""Who may use an operation, and how such a caller authenticates."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from notifier.models.user import Role
from notifier.services.accounts.api_keys import KEY_PREFIX
from notifier.web.auth.permissions import Operation, role_may


class Who(Enum):
    """Who may use an operation, as the document describes it."""

    PUBLIC = "Everyone."
    READER = "Any signed-in user, for their own inbox; also an API key with the scope `read`, for its user's."
    USER = "Any signed-in user, for their own inbox and account; no API key."
    SENDER = "Senders and admins; also an API key with the scope `send`."
    WATCHER = (
        "The owner of the session, its viewers, managers of a group that the owner is in, admins, and the creator; "
        "also an API key with the scope `read`, for its user, and one with the scope `send` for sessions that it created."
    )
    PEOPLE = "Admins; also an API key with the scope `people`."
    ADMIN = "Admins."
    SIGNED_IN = "The holder of the refresh token of the sign-in."
    OPERATOR = "The server's own machine, and holders of `METRICS_TOKEN`. Other callers get a 404."


_COOKIE = "Set by the page `/login`; over HTTPS its name begins with `__Host-`."
SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The access token that signing in answers."},
    "key": {"type": "http", "scheme": "bearer", "bearerFormat": f"{KEY_PREFIX}…", "description": "The output of `notifier key create`."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "access_token_cookie", "description": _COOKIE},
    "refresh_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The refresh token."},
    "refresh_cookie": {"type": "apiKey", "in": "cookie", "name": "refresh_token_cookie", "description": _COOKIE},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-TOKEN", "description": "With a cookie, for every method but GET."},
    "metrics_token": {"type": "http", "scheme": "bearer", "description": "The setting `METRICS_TOKEN`."},
}

Way = dict[str, list[str]]
"""Schemes that are needed together, with the roles or scopes that they need."""


def ways(who: Who, *, writes: bool) -> list[Way]:
    """The ways to authenticate, any one of which is enough."""
    csrf: Way = {"csrf": []} if writes else {}
    senders, managers, admins = (_roles(each) for each in (Operation.SEND, Operation.MANAGE_PEOPLE, Operation.ADMINISTER))
    found: Mapping[Who, list[Way]] = {
        Who.PUBLIC: [],
        Who.READER: [{"token": []}, {"key": ["read"]}, {"cookie": []} | csrf],
        Who.USER: [{"token": []}, {"cookie": []} | csrf],
        Who.SENDER: [{"token": senders}, {"key": ["send"]}, {"cookie": senders} | csrf],
        Who.WATCHER: [{"token": []}, {"key": ["read"]}, {"key": ["send"]}, {"cookie": []} | csrf],
        Who.PEOPLE: [{"token": managers}, {"key": ["people"]}, {"cookie": managers} | csrf],
        Who.ADMIN: [{"token": admins}, {"cookie": admins} | csrf],
        Who.SIGNED_IN: [{"refresh_token": []}, {"refresh_cookie": []} | csrf],
        Who.OPERATOR: [{}, {"metrics_token": []}],
    }
    return found[who]


def _roles(operation: Operation) -> list[str]:
    return [role.value for role in Role if role_may(role, operation)]
