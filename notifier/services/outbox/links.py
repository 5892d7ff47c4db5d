"""Full addresses of this server's pages, for what leaves it."""

from __future__ import annotations

from flask import current_app

INBOX_PATH = "/notifications"
SETTINGS_PATH = "/settings/notifications"
ACTION_PATH = "/go"
UNSUBSCRIBE_PATH = "/u"
CONFIRM_PATH = "/confirm"


def page(path: str) -> str:
    """The address of `path` below `PUBLIC_URL` and `BASE_PATH`, which the former may hold already."""
    public, base = current_app.config["PUBLIC_URL"], current_app.config["BASE_PATH"]
    return f"{public}{path}" if public.endswith(base) else f"{public}{base}{path}"
