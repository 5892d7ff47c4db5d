"""The application that notifications lead to: the base of their paths, and allowed images."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, current_app

from notifier.services.validation import is_own_path

PATHS_OF_HOST = "PATHS_OF_HOST"
"""Set where this server is inside another application."""


def register(app: Flask) -> None:
    """Give templates the filter `site_url` and the test `shown_image`."""
    origins = image_origins(app)
    app.jinja_env.filters["site_url"] = lambda link: _resolve(_base(app), link)
    app.jinja_env.tests["shown_image"] = lambda link: is_own_path(link) or _origin(link) in origins


def site_url(link: str) -> str:
    """`link`, a path resolved against `SITE_URL`, which without a setting is this server."""
    return _resolve(_base(current_app), link)


def image_origins(app: Flask) -> list[str]:
    """The origins of other sites whose images pages show."""
    configured = [origin for origin in app.config["IMAGE_ORIGINS"].split(",") if origin]
    return [*configured, *([_origin(app.config["SITE_URL"])] if app.config["SITE_URL"] else [])]


def _base(app: Flask) -> str:
    """Inside another application, a path is that one's."""
    return str(app.config["SITE_URL"] or ("" if app.config.get(PATHS_OF_HOST) else app.config["BASE_PATH"]))


def _resolve(base: str, link: str) -> str:
    return base + link if is_own_path(link) else link


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
