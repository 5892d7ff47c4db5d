"""A notification as JSON, for the API and the stream alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from notifier.realtime.snapshot import Change, Snapshot
from notifier.services.inbox.inbox import Item


def timestamp(instant: datetime) -> str:
    """RFC 3339 in UTC, such as `2026-01-01T10:00:00.000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def current_timestamp() -> str:
    return timestamp(datetime.now(UTC))


def public_id(change: Change, snapshot: Snapshot) -> str:
    """The id that a notification bears: its message's, unless it was updated in place."""
    found: str = change.public_id or snapshot.messages[change.message_id].public_id
    return found


def compact(value: Any) -> str:
    """One line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def body(message: Any, public_id: str) -> dict[str, Any]:
    """What all recipients of a message see alike. `public_id`: the id the notification bears."""
    return {
        "id": public_id,
        "type": message.type,
        "priority": message.priority,
        "title": message.title,
        "message": message.text,
        "metadata": message.metadata,
        "actions": message.actions,
        "image_url": message.image_url,
        "related_session_id": message.related_session_id,
        "collapse_key": message.collapse_key,
        "created_at": timestamp(message.created_at),
        "expires_at": timestamp(message.expires_at) if message.expires_at else None,
    }


def item(row: Item) -> dict[str, Any]:
    """One notification of a list. `seq` is its own: the operation that changed it last."""
    fields = body(row, row.public_id)
    return {"seq": row.seq, "status": row.status, **fields, "timestamp": fields["created_at"]}
