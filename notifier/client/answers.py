"""The server's answers: the object of a success, or an exception."""

from __future__ import annotations

from typing import Any

import httpx


class NotReached(Exception):
    """The server did not answer."""


class RefusedByServer(Exception):
    """The server refused the request. `problem` is its problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or "refused")
        self.problem = problem

    @property
    def passing(self) -> bool:
        """Whether a retry may succeed: the server is busy, or limits the rate of this caller."""
        return self.problem.get("status") in (429, 503)


def accepted(answer: httpx.Response) -> dict[str, Any]:
    """The object in `answer`. Raises `RefusedByServer`, also for an answer that is not this server's."""
    try:
        content = answer.json()
    except ValueError:
        detail = f"The server answered {answer.status_code} {answer.reason_phrase}."
        raise RefusedByServer({"status": answer.status_code, "detail": detail}) from None
    if answer.is_success and isinstance(content, dict):
        return content
    raise RefusedByServer(content if isinstance(content, dict) else {"status": answer.status_code})
