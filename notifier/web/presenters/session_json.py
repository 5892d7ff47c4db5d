"""A progress session as JSON, for the API and the streams alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from notifier.web.presenters.json_items import timestamp


def standing(session: Any) -> dict[str, Any]:
    """How a session stands now."""
    return {
        "session_id": session.public_id,
        "status": session.status,
        "progress": session.progress,
        "message": session.message,
        "updated_at": timestamp(session.updated_at),
    }


def whole(session: Any, viewers: Sequence[str]) -> dict[str, Any]:
    """All there is to know of it."""
    return {
        "id": session.public_id,
        "title": session.title,
        "owner": session.owner,
        "viewers": list(viewers),
        **standing(session),
        "error": session.error,
        "silence_seconds": session.silence_seconds,
        "type": session.type,
        "actions": session.actions,
        "created_at": timestamp(session.created_at),
        "ended_at": timestamp(session.ended_at) if session.ended_at else None,
    }
