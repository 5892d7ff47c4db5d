"""Headers of every answer: the request id and the security headers."""

from __future__ import annotations

import re
import secrets

from flask import Flask, Response, g, request

from notifier import logs
from notifier.web.http import site

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

# Without `includeSubDomains`: other hosts under this name may have no TLS.
_ONLY_TLS = "max-age=31536000"


_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


def register(app: Flask) -> None:
    images = site.image_origins(app)
    policy = _POLICY + (f"; img-src 'self' {' '.join(images)}" if images else "")
    app.before_request(_name_request)
    app.after_request(lambda response: _add(response, policy))


def _name_request() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    logs.name_request(g.request_id)


def _add(response: Response, policy: str) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "")
    for name, value in _SAFE.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", policy)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", _ONLY_TLS)
    if request.endpoint != "static":  # what is static is public
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
    return response
