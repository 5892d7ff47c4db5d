"""The errors that many operations share, each described once with the codes it may carry."""

from __future__ import annotations

import json
from typing import Any

from notifier.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotAllowed,
    NotFound,
    Refused,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
    Unavailable,
    invalid,
)
from notifier.web.http import errors
from notifier.web.http.json_answers import compact
from notifier.web.openapi.operation import Operation
from notifier.web.openapi.security import Who

COMMON: tuple[tuple[Refused, str, tuple[str, ...]], ...] = (
    (Malformed("The body is not JSON: Expecting value: line 1 column 1 (char 0)"), "The body is not JSON.", ("malformed",)),
    (
        Unauthenticated("Send `Authorization: Bearer TOKEN`, or sign in on the page."),
        "No valid token, or a wrong name or password.",
        ("token_missing", "token_invalid", "token_expired", "token_revoked", "credentials_invalid"),
    ),
    (
        Forbidden("Only senders and admins may send."),
        "The caller may not do this, or sent a cookie without its CSRF token.",
        ("forbidden", "csrf_failed"),
    ),
    (NotFound("There is no such notification in your inbox."), "It does not exist, or belongs to another user.", ("not_found",)),
    (
        NotAllowed("This address does not answer that method."),
        "The path has no such method: `Allow` names those that it has.",
        ("method_not_allowed",),
    ),
    (TooSlow("The body did not arrive within 10 s."), "The body did not arrive in time.", ("too_slow",)),
    (
        Conflict("Send it again in a moment.", code="still_running"),
        "Not possible in the current state.",
        (
            "still_running",
            "nothing_to_undo",
            "not_asked",
            "already_answered",
            "session_exists",
            "session_over",
            "id_taken",
            "not_set_up",
            "turned_off",
        ),
    ),
    (TooLarge("A body may have at most 65536 bytes."), "The body has more than 64 KiB.", ("too_large",)),
    (
        invalid("actions[0].url", "must be http://…, https://… or a path of this site such as /video/7"),
        "Some fields are not valid.",
        ("invalid", "key_reused"),
    ),
    (
        TooMany("Too many attempts; try again in 20 s.", retry_after=20),
        "Too many requests, or too many open streams.",
        ("too_many", "too_many_streams"),
    ),
    (
        Unavailable("The database is busy. Try again in a moment.", code="busy", retry_after=1),
        "Not possible at the moment. Nothing was changed.",
        ("busy", "database", "no_streams", "disabled", "draining", "full", "no_keys", "no_provider"),
    ),
)
"""An example of each kind of error, its meaning, and the codes it may carry."""


def of(operation: Operation) -> list[type[Refused]]:
    """The errors of an operation.

    Those it declares, and those that follow from its signature and from who may use it.
    """
    found: set[type[Refused]] = set(operation.errors)
    if operation.who not in (Who.PUBLIC, Who.OPERATOR):
        found |= {Unauthenticated, Forbidden}
    if operation.body is not None or operation.lines is not None:
        found |= {Malformed, TooSlow, TooLarge, Invalid}
    if operation.query is not None:
        found |= {Invalid}
    if operation.path:
        found |= {NotFound}
    if operation.uses_database:
        found |= {Unavailable}
    return sorted((error for error in found if error.status not in operation.answers), key=lambda error: error.status)


def responses() -> dict[str, Any]:
    """Their part of the document's components."""
    return {type(error).__name__: _response(error, f"{meaning} Code: {_listed(codes)}.") for error, meaning, codes in COMMON}


def _listed(codes: tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _response(error: Refused, meaning: str) -> dict[str, Any]:
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": json.loads(compact(errors.problem(error)))}
    response: dict[str, Any] = {"description": meaning, "content": {"application/problem+json": shape}}
    if error.retry_after is not None:
        response["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}}
    return response
