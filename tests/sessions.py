"""Create, update and watch progress sessions through the API."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api_client import Person
from tests.sse import Stream

SESSIONS = "/api/sessions"


def begin(creator: Person, owner: Person, *viewers: Person, **fields: Any) -> str:
    """Create a session and return its id. Raises `AssertionError` when the server refuses it."""
    body = {"title": "Transcode", "owner": owner.name, "viewers": [viewer.name for viewer in viewers]} | fields
    answer = creator.post(SESSIONS, json=body)
    assert answer.status_code == 201, f"{answer.status_code} {answer.text}"
    return str(answer.json()["id"])


def try_to_move(mover: Person, id: str, status: str = "processing", progress: int | None = None, **fields: Any) -> httpx.Response:
    shown = {} if progress is None else {"progress": progress}
    return mover.post(f"{SESSIONS}/{id}/status", json={"status": status} | shown | fields)


def move(mover: Person, id: str, status: str = "processing", progress: int | None = None, **fields: Any) -> dict[str, Any]:
    """Update a session and return its new state. Raises `AssertionError` when the server refuses it."""
    answer = try_to_move(mover, id, status, progress, **fields)
    assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
    state: dict[str, Any] = answer.json()
    return state


def watch(person: Person, id: str, **kwargs: Any) -> Stream:
    """Request the session's stream, which the server may refuse."""
    return person.stream(f"{SESSIONS}/{id}/status/stream", **kwargs)
