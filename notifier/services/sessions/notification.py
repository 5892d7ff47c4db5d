"""The notification of a session: one item in its owner's inbox that begins with the session and ends, in place, with it.

Between the two it does not change: progress never touches an inbox.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from notifier.models.session import PROCESSED
from notifier.services.messages import inbox_writes, send
from notifier.services.messages.content import Action, Draft
from notifier.services.sessions.drafts import Move

TYPE = "session"


def begin(transaction: Connection, session: Any, owner: str) -> int:
    """Tells the owner, whose public id is `owner`, without a sound: news is the end. Returns the message's id."""
    about = {"type": TYPE, "title": session.title, "related_session_id": session.public_id, "actions": [_page(session)]}
    draft = Draft.model_validate({"user_id": owner, "priority": "low"} | about)
    message_id, _ = send.write_message(transaction, draft, session.creator, 1, True)
    inbox_writes.deliver(transaction, message_id, [session.owner_id])
    return message_id


def end(transaction: Connection, session: Any, move: Move) -> None:
    """The item says how `session`, as it is now, has ended: at the top and unread, also if it had been read. Anew if it was deleted."""
    complete = session.status == PROCESSED
    named = session.actions if complete else []
    draft = Draft.model_validate(
        {
            "user_id": session.owner_public_id,
            "type": move.type or _type(session.type, complete),
            "priority": "normal" if complete else "high",
            "title": session.title,
            "message": session.message if complete else session.error,
            "related_session_id": session.public_id,
            "actions": (named if move.actions is None else [*move.actions]) or [_page(session)],
        }
    )
    message_id, _ = send.write_message(transaction, draft, session.creator, 1, True)
    inbox_writes.deliver(transaction, message_id, [session.owner_id], instead_of=session.message_id)


def _type(named: str | None, complete: bool) -> str:
    """A creator names the good end, such as `video_complete`; the other one follows from it."""
    if complete:
        return named or "session_complete"
    stem = (named or "").removesuffix("_complete")
    return f"{stem}_failed" if stem and stem != named else "session_failed"


def _page(session: Any) -> Action:
    return Action(label="Show progress", url=f"/sessions/{session.public_id}")
