"""Every way a request can be refused, as one small tree. Each leaf knows its HTTP status, its code and what to do next.

Refused ─┬─ Malformed 400   Unauthenticated 401   Forbidden 403   NotFound 404   NotAllowed 405   TooSlow 408   Conflict 409
         ├─ TooLarge 413    Invalid 422           TooMany 429
         └─ Unavailable 503
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `field` is a path such as `actions[0].url`."""

    field: str
    detail: str


class Refused(Exception):
    """A request that was understood and turned down; nothing was changed."""

    status = 400
    code = "refused"
    title = "The request was refused"

    def __init__(
        self, detail: str, *, code: str | None = None, errors: tuple[FieldError, ...] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = errors
        self.retry_after = retry_after


class Malformed(Refused):
    status, code, title = 400, "malformed", "The body could not be read"


class Unauthenticated(Refused):
    status, code, title = 401, "token_missing", "Sign in first"


class Forbidden(Refused):
    status, code, title = 403, "forbidden", "Not yours to do"


class NotFound(Refused):
    status, code, title = 404, "not_found", "There is no such thing"


class NotAllowed(Refused):
    status, code, title = 405, "method_not_allowed", "This address does not answer that method"


class TooSlow(Refused):
    status, code, title = 408, "too_slow", "The body came too slowly"


class Conflict(Refused):
    status, code, title = 409, "conflict", "It is not in a state for that"


class TooLarge(Refused):
    status, code, title = 413, "too_large", "The body is too large"


class Invalid(Refused):
    status, code, title = 422, "invalid", "Some fields are wrong"


class TooMany(Refused):
    status, code, title = 429, "too_many", "Too many requests"


class Unavailable(Refused):
    status, code, title = 503, "unavailable", "Not possible at the moment"


def invalid(field: str, detail: str) -> Invalid:
    """The `Invalid` for one wrong field."""
    return Invalid(f"{field}: {detail}", errors=(FieldError(field, detail),))
