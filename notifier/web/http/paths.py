"""URLs in templates.

Streams render the same templates as pages, but outside of any request, where Flask's `url_for` refuses to work.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask, has_request_context, request
from werkzeug.routing import MapAdapter


def register(app: Flask) -> None:
    """Replace the templates' `url_for`.

    It takes a full endpoint and the route's values, and returns a path.
    """

    @cache
    def routes_below(root: str) -> MapAdapter:
        return app.url_map.bind("", script_name=root)

    def url_for(endpoint: str, **values: Any) -> str:
        root = request.script_root if has_request_context() else app.config["APPLICATION_ROOT"]
        return routes_below(root).build(endpoint, values)

    app.jinja_env.globals["url_for"] = url_for
