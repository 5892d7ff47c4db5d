"""How a caller proves who it is, for each kind of `Who`."""

from __future__ import annotations

from typing import Any

from notifier.services.accounts.api_keys import MARK
from notifier.web.openapi.call import Call, Who

SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The access token that signing in answers."},
    "key": {"type": "http", "scheme": "bearer", "bearerFormat": f"{MARK}…", "description": "What `notifier key create` prints."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "access_token_cookie", "description": "Set by the page `/login`."},
    "refresh_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The refresh token."},
    "refresh_cookie": {"type": "apiKey", "in": "cookie", "name": "refresh_token_cookie", "description": "Set by the page `/login`."},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-TOKEN", "description": "With a cookie, whatever is not a GET."},
    "metrics_token": {"type": "http", "scheme": "bearer", "description": "The setting `METRICS_TOKEN`."},
}

Way = dict[str, list[str]]
"""Schemes that have to come together, with the roles or scopes that they need."""


def of(call: Call) -> list[Way]:
    """The ways in; any one of them will do."""
    csrf: Way = {"csrf": []} if call.writes else {}
    senders = ["sender", "admin"]
    ways: dict[Who, list[Way]] = {
        Who.ANYBODY: [],
        Who.USER: [{"token": []}, {"key": ["read"]}, {"cookie": []} | csrf],
        Who.SENDER: [{"token": senders}, {"key": ["send"]}, {"cookie": senders} | csrf],
        Who.WATCHER: [{"token": []}, {"key": ["read"]}, {"key": ["send"]}, {"cookie": []} | csrf],
        Who.SIGNED_IN: [{"refresh_token": []}, {"refresh_cookie": []} | csrf],
        Who.OPERATOR: [{}, {"metrics_token": []}],
    }
    return ways[call.who]
