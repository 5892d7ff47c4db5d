"""The notification of a session, in its owner's inbox.

It is written when the session starts and updated in place when it ends.
Between the two it does not change: progress never touches an inbox.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection

from notifier.models.session import PROCESSED
from notifier.services.messages import send
from notifier.services.messages.content import Action, Content
from notifier.services.sessions.drafts import Move

TYPE = "session"
# Each run of spaces can be matched by one part only: two that may share it would try each place between them.
_PERCENTAGE = re.compile(r"\s*\d{1,3}(?:[.,]\d+)?\s*%(?:\s*(?:done|complete|completed|finished))?[\s.…]*", re.IGNORECASE)


def begin(transaction: Connection, session: Any) -> int:
    """Create the owner's notification. Returns the message's id.

    It has low priority: only the end of a session makes a toast.
    """
    content = Content(
        type=TYPE, priority="low", title=session.title, related_session_id=session.public_id, actions=[_progress_page(session)]
    )
    return send.send_within(transaction, content, sender=session.creator, recipients=[session.owner_id])


def end(transaction: Connection, session: Any, move: Move) -> None:
    """Update the owner's notification with the result: unread and at the top.

    `session`: its row after the move.
    It is a new one if the owner deleted the first.
    """
    complete = session.status == PROCESSED
    named = session.actions if complete else []
    content = Content.model_validate(
        {
            "type": move.type or _type(session.type, complete),
            "priority": "normal" if complete else "high",
            "title": session.title,
            "message": without_percentage(session.message) if complete else session.error,
            "related_session_id": session.public_id,
            "actions": (named if move.actions is None else [*move.actions]) or [_progress_page(session)],
        }
    )
    send.send_within(transaction, content, sender=session.creator, recipients=[session.owner_id], instead_of=session.message_id)


def without_percentage(message: str) -> str:
    """`message`, or nothing if it only repeats the percentage that the bar shows."""
    return "" if _PERCENTAGE.fullmatch(message) else message


def _type(named: str | None, complete: bool) -> str:
    """The type of success as the creator named it (`video_complete`), or of failure after it."""
    if complete:
        return named or "session_complete"
    stem = (named or "").removesuffix("_complete")
    return f"{stem}_failed" if stem and stem != named else "session_failed"


def _progress_page(session: Any) -> Action:
    return Action(label="Show progress", url=f"/sessions/{session.public_id}")
