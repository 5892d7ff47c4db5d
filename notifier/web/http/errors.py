"""Refusals as RFC 9457 problem documents."""

from __future__ import annotations

import json

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from notifier.errors import Refused


def register(app: Flask) -> None:
    app.register_error_handler(Refused, refused)
    app.register_error_handler(HTTPException, turned_down)
    app.register_error_handler(Exception, unexpected)


def refused(refusal: Refused) -> Response:
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return _answer(document(refusal), refusal.status, headers)


def document(refusal: Refused) -> dict[str, object]:
    """The problem document of contract §4."""
    return {
        "type": "about:blank",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "errors": [{"field": error.field, "detail": error.detail} for error in refusal.errors],
    }


def turned_down(error: HTTPException) -> Response:
    """What Flask itself turns down: unknown addresses, wrong methods."""
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    name = error.name
    problem = {
        "type": "about:blank",
        "title": name,
        "status": error.code,
        "detail": _plain(error),
        "code": name.lower().replace(" ", "_"),
        "errors": [],
    }
    headers = {key: value for key, value in error.get_headers() if key in ("Allow", "Retry-After")}
    return _answer(problem, error.code, headers)


def unexpected(error: Exception) -> Response:
    current_app.logger.exception("%s %s failed", request.method, request.path, exc_info=error)
    problem = {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Something went wrong here. It was logged; try again later.",
        "code": "internal",
        "errors": [],
    }
    return _answer(problem, 500, {})


def _plain(error: HTTPException) -> str:
    return {404: "There is nothing at this address.", 405: "This address does not answer that method."}.get(
        error.code or 0, error.description or ""
    )


def _answer(problem: dict[str, object], status: int, headers: dict[str, str]) -> Response:
    return Response(json.dumps(problem, ensure_ascii=False), status, headers, content_type="application/problem+json")
