"""What this server can be asked, for programs and for people; open to anybody.

The page is made here, without scripts, of the very document that programs read: the usual viewers need inline scripts, which the
pages' policy forbids.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Response, render_template, request

from notifier.web.http.json_answers import compact
from notifier.web.openapi.curl import curl, pretty
from notifier.web.openapi.document import document
from notifier.web.openapi.prose import name, words

blueprint = Blueprint("openapi", __name__)


@blueprint.get("/openapi.json")
def for_programs() -> Response:
    return Response(compact(_document()), content_type="application/json")


@blueprint.get("/apidoc/", strict_slashes=False)
def for_people() -> str:
    origin = request.host_url.rstrip("/")
    return render_template("pages/apidoc.html", api=_document(), origin=origin, words=words, name=name, pretty=pretty, curl=curl)


@cache
def _document() -> dict[str, Any]:
    return document()
