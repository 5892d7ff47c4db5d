"""What a server may answer a program, and what is made of it."""

from __future__ import annotations

from typing import Any

import httpx


class NotReached(Exception):
    """The server did not answer."""


class RefusedByServer(Exception):
    """The server answered, and said no. `problem` is its problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or "refused")
        self.problem = problem

    @property
    def passing(self) -> bool:
        """Whether it is worth trying again later: the server is busy, or goes slowly with this caller."""
        return self.problem.get("status") in (429, 503)


def accepted(answer: httpx.Response) -> dict[str, Any]:
    """The object in it. Raises `RefusedByServer`, also for what is no answer of ours."""
    try:
        content = answer.json()
    except ValueError:
        detail = f"The server answered {answer.status_code} {answer.reason_phrase}."
        raise RefusedByServer({"status": answer.status_code, "detail": detail}) from None
    if answer.is_success and isinstance(content, dict):
        return content
    raise RefusedByServer(content if isinstance(content, dict) else {"status": answer.status_code})
