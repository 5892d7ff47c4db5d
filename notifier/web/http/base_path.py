"""The path below which a proxy, or an application around this one, serves it (`BASE_PATH`).

All addresses that pages, answers and redirects hold are made of routes and this path: by `url_for`, or by `here`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class BasePath:
    """Give each request the base path, whether the proxy has removed it from the address or not.

    Where pages have the same name (`/notifications`), only the routes tell `/notifications/undo`, of which the proxy has removed the base
    path, from `/notifications/settings`, of which it has not.
    """

    def __init__(self, app: WSGIApplication, base: str, has: Callable[[str, str], bool]) -> None:
        self._app = app
        self._base = base
        self._has = has
        """Whether there is a route for a path and a method."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("SCRIPT_NAME", "").endswith(self._base):  # else the server that set it has removed the path
            environ["PATH_INFO"] = self._own_path(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
            environ["SCRIPT_NAME"] = self._base
        return self._app(environ, start_response)

    def _own_path(self, method: str, path: str) -> str:
        if path != self._base and not path.startswith(f"{self._base}/"):
            return path
        rest = path[len(self._base) :] or "/"
        # Without its last slash `/` redirects to pages, and must not do so for ever.
        is_removed = self._has(path, method) and (path == self._base or not self._has(rest, method))
        return path if is_removed else rest


def register(app: Flask) -> None:
    """Serve the application below `BASE_PATH`.

    Addresses outside of requests, on streams, are below it too.
    """
    base = app.config["BASE_PATH"]
    app.config["APPLICATION_ROOT"] = base or "/"
    if base:
        routes = app.url_map.bind("")
        app.wsgi_app = BasePath(app.wsgi_app, base, routes.test)  # type: ignore[method-assign]


def here() -> str:
    """The path of the request as the client sees it."""
    return request.script_root + request.path


def here_with_query() -> str:
    """As `here`, with the query."""
    return request.script_root + request.full_path.rstrip("?")
