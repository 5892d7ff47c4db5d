"""The path below which a proxy, or an application around this one, serves it (`BASE_PATH`).

All addresses that pages, answers and redirects hold are made of routes and this path: by `url_for`, or by `here`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class BasePath:
    """Give each request the base path, whether the proxy has removed it from the address or not."""

    def __init__(self, app: WSGIApplication, base: str) -> None:
        self._app = app
        self._base = base

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == self._base or path.startswith(f"{self._base}/"):
            environ["PATH_INFO"] = path[len(self._base) :] or "/"
        if not environ.get("SCRIPT_NAME", "").endswith(self._base):
            environ["SCRIPT_NAME"] = self._base
        return self._app(environ, start_response)


def register(app: Flask) -> None:
    """Serve the application below `BASE_PATH`.

    Addresses outside of requests, on streams, are below it too.
    """
    base = app.config["BASE_PATH"]
    app.config["APPLICATION_ROOT"] = base or "/"
    if base:
        app.wsgi_app = BasePath(app.wsgi_app, base)  # type: ignore[method-assign]


def here() -> str:
    """The path of the request as the client sees it."""
    return request.script_root + request.path


def here_with_query() -> str:
    """As `here`, with the query."""
    return request.script_root + request.full_path.rstrip("?")
