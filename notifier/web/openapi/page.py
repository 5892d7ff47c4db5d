"""The API document, for programs and for people. Public.

The page is rendered without scripts from the document that programs read: the usual viewers need inline scripts, which the
Content-Security-Policy of all pages forbids.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from notifier.web.http.json_answers import compact
from notifier.web.openapi.curl import curl, pretty
from notifier.web.openapi.document import document
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.prose import describe, model_name
from notifier.web.openapi.security import Who

blueprint = Blueprint("openapi", __name__)
_DOCUMENT, _PAGE = "notifier.openapi", "notifier.apidoc"
# In the rendered page, which takes 30 ms and is kept, in place of the client's own.
_ORIGIN = "https://origin.invalid"
_PLAIN_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?")
_EXAMPLE = {"openapi": "3.1.0", "info": {"title": "notifier"}, "paths": {}}


@blueprint.get("/openapi.json")
@operation(who=Who.PUBLIC, answers={200: Answer("An OpenAPI 3.1 document.", dict, _EXAMPLE)}, uses_database=False)
def openapi() -> Response:
    """This document, for programs."""
    return Response(compact(_document()), content_type="application/json")


@blueprint.get("/apidoc/", strict_slashes=False)
@operation(who=Who.PUBLIC, answers={200: Answer("A page.", example="<!doctype html>…", content_type="text/html")}, uses_database=False)
def apidoc() -> str:
    """This document, for people."""
    page: str | None = current_app.extensions.get(_PAGE)
    if page is None:
        texts = {"describe": describe, "model_name": model_name, "pretty": pretty, "curl": curl}
        page = current_app.extensions[_PAGE] = render_template("pages/apidoc.html", api=_document(), origin=_ORIGIN, **texts)
    origin = request.host_url.rstrip("/")
    return page.replace(_ORIGIN, (origin if _PLAIN_ORIGIN.fullmatch(origin) else "http://localhost") + request.script_root)


def _document() -> dict[str, Any]:
    """Generated at the first request, when all blueprints are registered."""
    found: dict[str, Any] | None = current_app.extensions.get(_DOCUMENT)
    if found is None:
        found = current_app.extensions[_DOCUMENT] = document(current_app)
    return found
