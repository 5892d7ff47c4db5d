"""CORS: pages of the origins in `CORS_ORIGINS` may call the API and its streams.

Origins are compared exactly. Pages are never shared.
A browser sends the sign-in cookie (SameSite=Lax) only from origins of the same site, such as another port or a sibling name; pages
of other sites bring a Bearer token, with fetch.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, request

_ALLOWS = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Cache-Control, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, "
    "X-CSRF-TOKEN, X-Request-ID",
    # What Chromium keeps at most. A stream opened with its preflight costs 1.6 times what it costs without.
    "Access-Control-Max-Age": "7200",
}
_EXPOSES = "ETag, Link, Location, Retry-After, X-Request-ID, X-Seq, X-Unread-Count"


def register(app: Flask) -> None:
    """Add the hooks, unless no origin is allowed."""
    if app.config["CORS_ORIGINS"]:
        app.before_request(_preflight)
        app.after_request(_allow)


def _preflight() -> Response | None:
    """Answer a preflight request, which browsers send before any request that a form could not make."""
    if request.method != "OPTIONS" or not _may_call() or "Access-Control-Request-Method" not in request.headers:
        return None
    return Response(status=204, headers=_ALLOWS)


def _allow(response: Response) -> Response:
    if _is_api():
        response.vary.add("Origin")
    if _may_call():
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = _EXPOSES
    return response


def _may_call() -> bool:
    origins: list[str] = current_app.config["CORS_ORIGINS"].split(",")
    return _is_api() and request.headers.get("Origin") in origins


def _is_api() -> bool:
    return request.path.startswith("/api/") or request.path == "/events"
