"""Errors that refuse a request: HTTP status, code, standard title, and what to do.

Refused ─┬─ Malformed 400   Unauthenticated 401   Forbidden 403   NotFound 404   NotAllowed 405   TooSlow 408   Conflict 409
         ├─ TooLarge 413    Invalid 422           TooMany 429
         └─ Unavailable 503
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_FIELDS = 20
"""Wrong fields that one error names."""
_MAX_SHOWN_LENGTH = 80


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


def shown(text: str) -> str:
    """`text` in quotes, cut: what a client sent is repeated in errors, and may be long."""
    return repr(text if len(text) <= _MAX_SHOWN_LENGTH else f"{text[: _MAX_SHOWN_LENGTH - 1]}…")


def invalid(field: str, detail: str) -> Invalid:
    """An `Invalid` error for one field."""
    return Invalid(f"{field}: {detail}", errors=(FieldError(field, detail),))


def invalid_fields(errors: Sequence[FieldError]) -> Invalid:
    """An `Invalid` error for several fields.

    The first `MAX_FIELDS` are named and the rest counted: an answer must not be larger than its request.
    """
    named, more = tuple(errors[:MAX_FIELDS]), len(errors) - MAX_FIELDS
    detail = "; ".join(f"{error.field}: {error.detail}" for error in named)
    return Invalid(f"{detail}; and {more} more" if more > 0 else detail, errors=named)
