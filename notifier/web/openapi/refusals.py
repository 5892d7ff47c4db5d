"""The refusals that many calls have in common, each described once with the codes it may carry."""

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
from notifier.web.openapi.call import PROBLEM, Call, Who

_LATER = "Retry-After"

COMMON: tuple[tuple[Refused, str], ...] = (
    (Malformed("The body is not JSON: Expecting value: line 1 column 1 (char 0)"), "The body is not JSON."),
    (
        Unauthenticated("Send `Authorization: Bearer TOKEN`, or sign in on the page."),
        "No token, or none that is good: `token_missing`, `token_invalid`, `token_expired` or `token_revoked`.",
    ),
    (
        Forbidden("Only senders and admins may send."),
        "Not for this caller (`forbidden`), or a cookie came without its CSRF token (`csrf_failed`).",
    ),
    (NotFound("There is no such notification in your inbox."), "There is no such thing, or it is not yours."),
    (NotAllowed("This address does not answer that method."), "The address is right, the method is not: `Allow` has those that are."),
    (TooSlow("The body did not arrive within 10 s."), "The body came too slowly."),
    (Conflict("Send it again in a moment.", code="still_running"), "It is not in a state for that."),
    (TooLarge("A body may have at most 65536 bytes."), "The body has more than 64 KiB."),
    (invalid("actions[0].url", "must be http://…, https://… or a path of this site such as /video/7"), "Some fields are wrong."),
    (TooMany("Too many attempts; try again in 20 s.", retry_after=20), "Too many requests, or too many open streams."),
    (
        Unavailable("The database is busy. Try again in a moment.", code="busy", retry_after=1),
        "Not possible at the moment. Nothing was changed.",
    ),
)


def of(call: Call) -> list[type[Refused]]:
    """Those `call` may answer, by what it takes and whom it lets in."""
    found: set[type[Refused]] = set(call.refused)
    if call.who not in (Who.ANYBODY, Who.OPERATOR):
        found |= {Unauthenticated, Forbidden}
    if call.body is not None:
        found |= {Malformed, TooSlow, TooLarge, Invalid}
    if call.query is not None:
        found |= {Invalid}
    if "{" in call.path:
        found |= {NotFound}
    if call.uses_database:
        found |= {Unavailable}
    return sorted((refusal for refusal in found if refusal.status not in call.answers), key=lambda refusal: refusal.status)


def responses() -> dict[str, Any]:
    """Their part of the document's components."""
    return {type(refusal).__name__: _response(refusal, meaning) for refusal, meaning in COMMON}


def _response(refusal: Refused, meaning: str) -> dict[str, Any]:
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": json.loads(compact(errors.problem(refusal)))}
    response: dict[str, Any] = {"description": meaning, "content": {PROBLEM: shape}}
    if refusal.retry_after is not None:
        response["headers"] = {_LATER: {"description": "Seconds to wait.", "schema": {"type": "string"}}}
    return response
