"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated

from flask import Flask, Response, current_app, request
from pydantic import Field
from werkzeug.exceptions import HTTPException

from notifier.errors import Forbidden, Refused
from notifier.logs import without_token
from notifier.services import denials
from notifier.web.http.json_answers import ResponseModel, plain


class FieldProblem(ResponseModel):
    """An error in one field."""

    field: str = Field(examples=["actions[0].url"])
    """A path such as `actions[0].url`."""
    detail: str = Field(examples=["is required"])


class Problem(ResponseModel):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: Annotated[int, Field(ge=400, le=599)] = Field(examples=[404])
    detail: str = Field(examples=["There is nothing at this address."])
    """What to do about it, for people."""
    code: str = Field(examples=["not_found"])
    """The same, for programs."""
    errors: list[FieldProblem]


_PLAIN = {404: "There is nothing at this address.", 405: "This address does not answer that method."}


def register(app: Flask) -> None:
    app.register_error_handler(Refused, refused)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)


def refused(refusal: Refused) -> Response:
    """The answer to an error of `notifier.errors`."""
    if isinstance(refusal, Forbidden):
        denials.note(refusal, request.method, request.path)
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 11.6.1; pages send people to the form instead
    return _answer(problem(refusal), headers)


def problem(refusal: Refused) -> Problem:
    """Return the problem document (RFC 9457) of an error."""
    return Problem(
        type="about:blank",
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail,
        code=refusal.code,
        errors=[FieldProblem(field=error.field, detail=error.detail) for error in refusal.errors],
    )


def http_error(error: HTTPException) -> Response:
    """The answer to an error of Flask itself, such as an unknown path or a wrong method."""
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    detail = _PLAIN.get(error.code, error.description or "")
    headers = {key: value for key, value in error.get_headers() if key in ("Allow", "Retry-After")}
    return _answer(_blank(error.name, error.code, detail, error.name.lower().replace(" ", "_")), headers)


def unexpected(error: Exception) -> Response:
    """The answer to a programming error: logged, without its details."""
    current_app.logger.exception("%s %s failed", request.method, without_token(request.path), exc_info=error)
    detail = "Something went wrong here. It was logged; try again later."
    return _answer(_blank("Internal Server Error", 500, detail, "internal"), {})


def _blank(title: str, status: int, detail: str, code: str) -> Problem:
    return Problem(type="about:blank", title=title, status=status, detail=detail, code=code, errors=[])


def _answer(problem: Problem, headers: dict[str, str]) -> Response:
    body = json.dumps(problem, ensure_ascii=False, default=plain)
    return Response(body, problem.status, headers, content_type="application/problem+json")
