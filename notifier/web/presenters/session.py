"""A progress session as templates draw it, made alike for pages, items and streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notifier.models.session import FAILED, PENDING, PROCESSED, STALLED

_WORDS = {PENDING: "Waiting to start", STALLED: "No sign of life", PROCESSED: "Complete", FAILED: "Failed"}
_KINDS = {STALLED: "warning", PROCESSED: "success", FAILED: "error"}
# Less says nothing yet about how long the rest will take.
_TELLING_PERCENT, _TELLING_SECONDS = 3, 3
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Bar:
    """`words`: its status for people. `text`: its message, or what went wrong. `left`: how long it will take still, if it can be told."""

    id: str
    title: str
    kind: str
    status: str
    words: str
    progress: int
    text: str
    left: str
    over: bool


def bar(session: Any) -> Bar:
    """`session`: a row with the columns of `Session`."""
    return Bar(
        id=session.public_id,
        title=session.title,
        kind=_KINDS.get(session.status, "info"),
        status=session.status,
        words=_WORDS.get(session.status) or session.status.replace("_", " ").strip().capitalize() or "Under way",
        progress=session.progress,
        text=session.error if session.status == FAILED else session.message,
        left=_left(session),
        over=session.ended_at is not None,
    )


def _left(session: Any) -> str:
    """Told by how long it took so far."""
    if session.started_at is None or session.ended_at is not None or session.status == STALLED:
        return ""
    took = (session.updated_at - session.started_at).total_seconds()
    if took < _TELLING_SECONDS or not _TELLING_PERCENT <= session.progress < 100:
        return ""
    seconds = took * (100 - session.progress) / session.progress
    if seconds < _MINUTE:
        return "less than a minute left"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min left"
    return f"about {round(seconds / _HOUR)} h left"
