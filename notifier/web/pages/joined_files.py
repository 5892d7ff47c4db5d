"""Scripts and styles of pages: files of `static/` joined, without comments and indentation.

A page loads two files in place of thirty, and compressed they take half as much. Their addresses hold their hash, so browsers ask for
them once.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, url_for

from notifier.errors import NotFound
from notifier.web.http.script_bundle import joined_modules, joined_styles

STYLES = {
    "page.css": (
        *("tokens", "base", "buttons", "menus", "forms", "filters", "notices", "items", "item_parts", "bell", "panel", "toasts"),
        *("sessions", "layout", "utilities"),
    ),
    "history.css": ("history",),
    "preferences.css": ("tables",),
    "admin.css": ("tables", "admin", "charts", "send"),
    "apidoc.css": ("apidoc",),
}
# `page` comes first: it must listen before `live` reports the state of the connection.
SCRIPTS = {"live.js": ("page", "live"), "badge.js": ("page", "badge")}
_CONTENT_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_HASH_LENGTH = 16

blueprint = Blueprint("joined_files", __name__)


def register(app: Flask) -> None:
    app.jinja_env.globals["joined_url"] = url


@blueprint.get("/static/joined/<hash_>/<name>")
def file(hash_: str, name: str) -> Response:
    """One of the files. What another version of the program has named is not kept by browsers."""
    if name not in STYLES and name not in SCRIPTS:
        raise NotFound("There is no such file.")
    body = joined(_folder(), name)
    kept = "public, max-age=31536000, immutable" if hash_ == _hash(body) else "no-cache"
    return Response(body, content_type=_CONTENT_TYPES[Path(name).suffix], headers={"Cache-Control": kept})


def url(name: str) -> str:
    return url_for("joined_files.file", hash_=_hash(joined(_folder(), name)), name=name)


@cache
def joined(folder: Path, name: str) -> bytes:
    """The file `name` made of what is in `folder`. A new process reads it again."""
    if name in STYLES:
        return joined_styles([folder / "css" / f"{part}.css" for part in STYLES[name]])
    return joined_modules([folder / "js" / f"{part}.js" for part in SCRIPTS[name]])


@cache
def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]


def _folder() -> Path:
    return Path(current_app.static_folder or "")
