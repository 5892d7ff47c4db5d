"""Headers of every answer: the request id and the security headers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, Any

from flask import Flask

from notifier import logs
from notifier.web.http import site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_KEPT = ("200", "206", "304")  # of static files: a cache must not keep that one is missing
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

# Without `includeSubDomains`: other hosts under this name may have no TLS.
_ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}
# What is static is public.
_NOT_STATIC = {"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"}
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


def register(app: Flask) -> None:
    images = site.image_origins(app)
    policy = _POLICY + (f"; img-src 'self' {' '.join(images)}" if images else "")
    safe = _SAFE | {"Content-Security-Policy": policy}
    app.wsgi_app = _Headers(app.wsgi_app, safe, f"{app.static_url_path}/")  # type: ignore[method-assign]


class _Headers:
    """Name each request, and add the headers that its answer does not have.

    Around Flask, whose `Headers` check and copy each of them several times: that took a twentieth of a short request.
    """

    def __init__(self, app: WSGIApplication, safe: dict[str, str], static: str) -> None:
        self._app = app
        self._wanted = {
            (is_tls, is_kept): _by_lower_name(safe | (_ONLY_TLS if is_tls else {}) | ({} if is_kept else _NOT_STATIC))
            for is_tls, is_kept in product((False, True), repeat=2)
        }
        self._static = static

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else os.urandom(8).hex()
        environ[logs.REQUEST_ID_KEY] = request_id
        logs.name_request(request_id)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            is_kept = environ.get("PATH_INFO", "").startswith(self._static) and status.startswith(_KEPT)
            wanted = self._wanted[environ["wsgi.url_scheme"] == "https", is_kept]
            has = {name.lower() for name, _ in headers}
            added = [pair for name, pair in wanted if name not in has]
            if "x-request-id" not in has:
                added.append(("X-Request-ID", request_id))
            return start_response(status, headers + added, exc_info)

        return self._app(environ, start)


def _by_lower_name(headers: dict[str, str]) -> list[tuple[str, tuple[str, str]]]:
    return [(name.lower(), (name, value)) for name, value in headers.items()]
