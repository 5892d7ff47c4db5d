"""A notification as templates draw it, made alike from a row of a list and from a change on its way to a stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from notifier.services import validation
from notifier.services.inbox.inbox import Listing
from notifier.web.presenters import kinds
from notifier.web.presenters.session import Bar, bar


@dataclass(frozen=True, slots=True)
class Shown:
    """`text` is empty where it would only repeat the title; `image` is None unless it is of this site, as pages load no others.

    `headline`: the title of its toast. `actions`: its links, each by its index and its label. `reply`: what its form asks for, or nothing.
    `session`: how the one stands that it tells of.
    """

    id: str
    seq: int
    position: int
    status: str
    type: str
    kind: str
    priority: str
    title: str
    headline: str
    text: str
    image: str | None
    actions: tuple[tuple[int, str], ...]
    reply: str
    created_at: datetime
    stays: bool
    session: Bar | None


def shown(message: Any, public_id: str, *, status: str, seq: int = 0, position: int = 0, session: Any = None) -> Shown:
    """`message`: a row with the columns of `Message`; `session`: one with those of `Session`. A link says only which one it is."""
    repeats = message.text.strip() == message.title.strip()
    return Shown(
        id=public_id,
        seq=seq,
        position=position,
        status=status,
        type=message.type,
        kind=kinds.kind(message.type),
        priority=message.priority,
        title=message.title,
        headline=kinds.HEADLINES.get(message.type, message.title) if repeats else message.title,
        text="" if repeats else message.text,
        image=message.image_url if message.image_url and validation.is_own_path(message.image_url) else None,
        actions=tuple((index, action["label"]) for index, action in enumerate(message.actions) if "url" in action),
        reply=next((action["label"] for action in message.actions if "reply" in action), ""),
        created_at=message.created_at,
        stays=kinds.stays(message.type, message.priority),
        session=bar(session) if session is not None else None,
    )


def of_listing(found: Listing) -> list[Shown]:
    return [
        shown(row, row.public_id, status=row.status, seq=row.seq, position=row.position, session=found.sessions.get(row.message_id))
        for row in found.items
    ]


def iso(instant: datetime) -> str:
    """For `<time datetime>`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(instant: datetime) -> str:
    """What stands there until a script, which knows how the reader tells the time, says it better."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
