"""A progress session as JSON (API answers and stream data) and as templates draw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from notifier.models.session import FAILED, PENDING, PROCESSED, STALLED
from notifier.services.messages.content import AnyAction
from notifier.services.sessions.notification import without_percentage
from notifier.web.http.json_answers import Column, ResponseModel

_LABELS = {PENDING: "Waiting to start", STALLED: "No sign of life", PROCESSED: "Complete", FAILED: "Failed"}
_KINDS = {STALLED: "warning", PROCESSED: "success", FAILED: "error"}
# With less progress or time an estimate of the rest would be a guess.
_ESTIMATE_PERCENT, _ESTIMATE_SECONDS = 3, 3
_MINUTE, _HOUR = 60, 3600


class Progress(ResponseModel):
    """Status and progress of a session."""

    session_id: Annotated[str, Column("public_id")] = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    status: str = Field(examples=["transcribing"])
    """`pending`, `stalled`, `processed`, `failed`, or a status of the creator's own."""
    progress: Annotated[int, Field(ge=0, le=100)] = Field(examples=[45])
    message: str = Field(examples=["Minute 9 of 20"])
    updated_at: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])
    """The time of its last update."""


class FailedProgress(Progress):
    """Status and progress of a session when it failed."""

    error: str = Field(examples=["The file is no audio."])


class SessionStatus(Progress):
    """Status and progress of a session, and the error if it has failed."""

    error: str | None = Field(examples=[None])


class _Job(ResponseModel):
    id: Annotated[str, Column("public_id")] = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    title: str = Field(examples=["Transcribe interview.mp3"])
    owner: str = Field(examples=["alice"])
    silence_seconds: Annotated[int, Field(ge=1)] = Field(examples=[900])
    type: str | None = Field(examples=[None])
    actions: list[AnyAction] = Field(examples=[[]])
    created_at: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])
    ended_at: AwareDatetime | None = Field(examples=[None])


class Session(SessionStatus, _Job):
    """A long-running job with progress."""

    viewers: list[str] = Field(examples=[["bob"]])


def session_values(row: Any, viewers: Sequence[str]) -> dict[str, Any]:
    """The fields of a `Session`."""
    return _Job.values(row) | SessionStatus.values(row) | {"viewers": list(viewers)}


@dataclass(frozen=True, slots=True)
class ProgressBar:
    """A session as templates draw it. `label`: its status for users. `text`: its message or error.

    `left`: the estimated time, or empty.
    """

    id: str
    title: str
    kind: str
    status: str
    label: str
    progress: int
    text: str
    left: str
    over: bool


def progress_bar(session: Any) -> ProgressBar:
    """`session`: a row with the columns of `Session`."""
    return ProgressBar(
        id=session.public_id,
        title=session.title,
        kind=_KINDS.get(session.status, "info"),
        status=session.status,
        label=_LABELS.get(session.status) or session.status.replace("_", " ").strip().capitalize() or "Under way",
        progress=session.progress,
        text=session.error if session.status == FAILED else without_percentage(session.message),
        left=_left(session),
        over=session.ended_at is not None,
    )


def _left(session: Any) -> str:
    """The time that is left, extrapolated from the time it took so far."""
    if session.started_at is None or session.ended_at is not None or session.status == STALLED:
        return ""
    took = (session.updated_at - session.started_at).total_seconds()
    if took < _ESTIMATE_SECONDS or not _ESTIMATE_PERCENT <= session.progress < 100:
        return ""
    seconds = took * (100 - session.progress) / session.progress
    if seconds < _MINUTE:
        return "less than a minute left"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min left"
    return f"about {round(seconds / _HOUR)} h left"
