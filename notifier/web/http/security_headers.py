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
_ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}
# What is static is public.
_NOT_STATIC = {"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"}
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


def register(app: Flask) -> None:
    images = site.image_origins(app)
    policy = _POLICY + (f"; img-src 'self' {' '.join(images)}" if images else "")
    safe = _SAFE | {"Content-Security-Policy": policy}
    app.before_request(_name_request)
    app.after_request(lambda response: _add(response, safe))


def _name_request() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    logs.name_request(g.request_id)


def _add(response: Response, safe: dict[str, str]) -> Response:
    """Add the headers that a view has not set.

    In one pass: `Headers.setdefault` goes through all names for each, which took a twentieth of a short request.
    """
    wanted = {"X-Request-ID": g.get("request_id", "")} | safe
    if request.is_secure:
        wanted |= _ONLY_TLS
    if request.endpoint != "static":
        wanted |= _NOT_STATIC
    given = {name.lower() for name, _ in response.headers}
    response.headers.extend([(name, value) for name, value in wanted.items() if name.lower() not in given])
    return response
