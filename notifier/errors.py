"""Errors that refuse a request: HTTP status, code, standard title, and what to do.

Refused ─┬─ Malformed 400   Unauthenticated 401   Forbidden 403   NotFound 404   NotAllowed 405   TooSlow 408   Conflict 409
         ├─ TooLarge 413    Invalid 422           TooMany 429
         └─ Unavailable 503
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """A validation error of one field; `field` is a path such as `actions[0].url`."""

    field: str
    detail: str


class Refused(Exception):
    """A refused request that changed nothing. `retry_after` is in seconds."""

    status = 400
    code = "refused"
    title = "Bad Request"

    def __init__(
        self, detail: str, *, code: str | None = None, errors: tuple[FieldError, ...] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = errors
        self.retry_after = retry_after


class Malformed(Refused):
    status, code, title = 400, "malformed", "Bad Request"


class Unauthenticated(Refused):
    status, code, title = 401, "token_missing", "Unauthorized"


class Forbidden(Refused):
    status, code, title = 403, "forbidden", "Forbidden"


class NotFound(Refused):
    status, code, title = 404, "not_found", "Not Found"


class NotAllowed(Refused):
    status, code, title = 405, "method_not_allowed", "Method Not Allowed"


class TooSlow(Refused):
    status, code, title = 408, "too_slow", "Request Timeout"


class Conflict(Refused):
    status, code, title = 409, "conflict", "Conflict"


class TooLarge(Refused):
    status, code, title = 413, "too_large", "Content Too Large"


class Invalid(Refused):
    status, code, title = 422, "invalid", "Unprocessable Content"


class TooMany(Refused):
    status, code, title = 429, "too_many", "Too Many Requests"


class Unavailable(Refused):
    status, code, title = 503, "unavailable", "Service Unavailable"


def invalid(field: str, detail: str) -> Invalid:
    """An `Invalid` error for one field."""
    return Invalid(f"{field}: {detail}", errors=(FieldError(field, detail),))
