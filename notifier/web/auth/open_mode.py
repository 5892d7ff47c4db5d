"""Local single-user mode (`OPEN_TO`): requests without credentials act as one user.

Only on the server's own machine. A page of another site could otherwise act as that user through the visitor's browser: by a request
of its own, which names its `Origin`, or after it has made its own name point here (DNS rebinding), which leaves it in `Host`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Flask, current_app, request

from notifier import current
from notifier.errors import Forbidden
from notifier.models.user import Role
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.web.http import loopback


def register(app: Flask) -> None:
    if app.config["OPEN_TO"]:
        app.before_request(_refuse_others)


def is_on() -> bool:
    return bool(current.app().config["OPEN_TO"])


def account() -> Account:
    """The one user, who may send. Raises `NotFound`."""
    found = users.by_name(current_app.config["OPEN_TO"])
    return replace(found, role=Role.SENDER) if found.role == Role.USER else found


def with_recipient(value: Any) -> Any:
    """A body of a send, to the one user if it names no recipient."""
    names_one = isinstance(value, dict) and ("to" in value or "user_id" in value)
    return value if names_one or not isinstance(value, dict) else value | {"to": f"user:{current_app.config['OPEN_TO']}"}


def _refuse_others() -> None:
    if not loopback.is_this_machine():
        raise Forbidden("This server is open to its own machine only: use http://localhost or http://127.0.0.1, without a proxy.")
    if _is_of_another_site():
        raise Forbidden("This request was sent from a page of another site.", code="csrf_failed")


def _is_of_another_site() -> bool:
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin != request.host_url.rstrip("/") and origin not in current_app.config["CORS_ORIGINS"].split(",")
    follows_a_link = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none") and not follows_a_link
