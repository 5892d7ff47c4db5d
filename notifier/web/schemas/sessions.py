"""Progress sessions, as calls and streams show them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from notifier.services.messages.content import AnyAction
from notifier.web.schemas.shape import Shape


class Progress(Shape):
    """How a session stands."""

    session_id: str
    status: str
    """`pending`, `stalled`, `processed`, `failed`, or a word of its creator's."""
    progress: Annotated[int, Field(ge=0, le=100)]
    message: str
    updated_at: AwareDatetime
    """When it was last heard of."""


class FailedProgress(Progress):
    """How a session stood when it failed."""

    error: str


class SessionStanding(Progress):
    """How a session stands, and what went wrong if it has failed."""

    error: str | None


class Session(SessionStanding):
    """A long job whose progress people watch."""

    id: str
    title: str
    owner: str
    viewers: list[str]
    silence_seconds: Annotated[int, Field(ge=1)]
    type: str | None
    actions: list[AnyAction]
    created_at: AwareDatetime
    ended_at: AwareDatetime | None
