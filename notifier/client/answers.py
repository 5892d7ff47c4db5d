"""Answers of the server to a program, and the errors made of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


class NotReached(Exception):
    """The server did not answer. The request may have been executed."""


class NotConnected(NotReached):
    """No connection was made: the request was certainly not executed."""


class RefusedByServer(Exception):
    """The server refused the request.

    `problem` is its problem document; `retry_after` in seconds, None where the server names none.
    """

    def __init__(self, problem: dict[str, Any], retry_after: float | None = None) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or "refused")
        self.problem = problem
        self.retry_after = retry_after

    @property
    def passing(self) -> bool:
        """Whether a later attempt may succeed: the server is busy or limits this caller's rate."""
        return self.problem.get("status") in (429, 503)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response with its body already read."""

    status: int
    reason: str
    body: bytes = field(repr=False)
    retry_after: str | None = None


def accepted(answer: Answer) -> dict[str, Any]:
    """Return the object in a successful answer.

    Raises `RefusedByServer` for every other answer, also for a proxy's page.
    """
    retry_after = _seconds(answer.retry_after)
    try:
        content = json.loads(answer.body)
    except ValueError:
        detail = f"The server answered {answer.status} {answer.reason}."
        raise RefusedByServer({"status": answer.status, "detail": detail}, retry_after) from None
    if 200 <= answer.status < 300 and isinstance(content, dict):
        return content
    raise RefusedByServer(content if isinstance(content, dict) else {"status": answer.status}, retry_after)


def _seconds(value: str | None) -> float | None:
    """`Retry-After` in seconds; its form with a date is not used by this server."""
    return float(value) if value is not None and value.isascii() and value.isdigit() else None
