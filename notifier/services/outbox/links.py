"""Full addresses of this server's pages, for what leaves it."""

from __future__ import annotations

from flask import current_app

INBOX = "/notifications"
SETTINGS = "/settings/notifications"
GO = "/go"
UNSUBSCRIBE = "/u"
CONFIRM = "/confirm"


def page(path: str) -> str:
    """The address of `path` below `PUBLIC_URL`."""
    return f"{current_app.config['PUBLIC_URL']}{path}"
