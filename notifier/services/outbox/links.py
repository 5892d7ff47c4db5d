"""Full addresses of this server's pages, for what leaves it."""

from __future__ import annotations

from flask import current_app

INBOX = "/notifications"
SETTINGS = "/settings/notifications"
GO = "/go"
UNSUBSCRIBE = "/u"
CONFIRM = "/confirm"


def page(path: str) -> str:
    """The address of `path` below `PUBLIC_URL` and `BASE_PATH`, which the former may hold already."""
    public, base = current_app.config["PUBLIC_URL"], current_app.config["BASE_PATH"]
    return f"{public}{path}" if public.endswith(base) else f"{public}{base}{path}"
