"""The colours and the mark of the site that `ACCENT` names. Public, and the same for all."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, render_template

from notifier.errors import NotFound
from notifier.web.presenters import accent

_DEFAULT_COLOUR = "#3f51c9"
"""The colour of the mark in the static file."""
_CACHE_SECONDS = 3600

blueprint = Blueprint("accent_files", __name__)


@blueprint.get("/identity.css")
def colours() -> Response:
    named = _accent()
    css = render_template("accent.css.html", light=accent.light(named), dark=accent.dark(named))
    return _cached(css, "text/css; charset=utf-8")


@blueprint.get("/identity.svg")
def mark() -> Response:
    drawing = (Path(current_app.static_folder or "") / "icon.svg").read_text()
    return _cached(drawing.replace(_DEFAULT_COLOUR, accent.light(_accent()).accent), "image/svg+xml")


def _accent() -> str:
    """Return the setting `ACCENT`. Raises `NotFound` when it is empty.

    Pages then link to the static files.
    """
    named: str = current_app.config["ACCENT"]
    if not named:
        raise NotFound("No accent colour is set (NOTIFIER_ACCENT).")
    return named


def _cached(body: str, content_type: str) -> Response:
    return Response(body, content_type=content_type, headers={"Cache-Control": f"public, max-age={_CACHE_SECONDS}"})
