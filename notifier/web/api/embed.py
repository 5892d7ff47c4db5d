"""The embedded bell: scripts and texts that pages of any site load.

They hold nothing of any user. The first part is small and may be pinned by its hash; it brings the hash of the second.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, request

from notifier import __version__
from notifier.errors import NotFound
from notifier.web.http.script_bundle import Bundle, bundle

blueprint = Blueprint("embed", __name__)

_ANY_SITE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_ASK_EACH_TIME = "public, no-cache"
_KEEP_FOR_EVER = "public, max-age=31536000, immutable"
_PART = "embed-part.{}.js"


@blueprint.get("/embed.js")
def script() -> Response:
    """The script of this version."""
    return _javascript(scripts().script, _ASK_EACH_TIME)


@blueprint.get(f"/embed.{__version__}.js")
def versioned_script() -> Response:
    """The same under an address of its own, for pages that pin it by its hash."""
    return _javascript(scripts().script, _KEEP_FOR_EVER)


@blueprint.get("/embed-part.<hash_>.js")
def part(hash_: str) -> Response:
    """The second part, which the script loads by itself."""
    name, body = scripts().part
    if name != _PART.format(hash_):
        raise NotFound("This part belongs to another version of the script. Load the page again.")
    return _javascript(body, _KEEP_FOR_EVER)


@blueprint.get("/embed.<any(de, es, fr):locale>.json")
def texts(locale: str) -> Response:
    """The texts of the bell in another language."""
    found = json.loads((_folder() / "texts" / f"{locale}.json").read_text())
    return _answer(json.dumps(found).encode(), "application/json", _ASK_EACH_TIME)


def scripts() -> Bundle:
    """Both parts of the script."""
    return _bundle(_folder())


@cache
def _bundle(folder: Path) -> Bundle:
    return bundle(folder / "main.js", folder / "load_part.js", _PART)


def _folder() -> Path:
    return Path(current_app.static_folder or "") / "js" / "embed"


def _javascript(body: bytes, cached: str) -> Response:
    return _answer(body, "text/javascript; charset=utf-8", cached)


def _answer(body: bytes, content_type: str, cached: str) -> Response:
    response = Response(body, headers={"Cache-Control": cached, **_ANY_SITE}, content_type=content_type)
    response.add_etag()
    response.make_conditional(request)
    return response
