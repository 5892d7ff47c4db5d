"""A notification as templates draw it, made alike from a row of a list and from a change on its way to a stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from notifier.services import links
from notifier.services.inbox import Item
from notifier.web import kinds


@dataclass(frozen=True, slots=True)
class Shown:
    """`text` is empty where it would only repeat the title; `image` is None unless it is of this site, as pages load no others.

    `headline`: the title of its toast.
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
    actions: tuple[str, ...]
    created_at: datetime
    stays: bool


def shown(message: Any, public_id: str, *, status: str, seq: int = 0, position: int = 0) -> Shown:
    """`message`: a row with the columns of `Message`. `actions` become their labels: a link says only which one it is."""
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
        image=message.image_url if message.image_url and links.own_path(message.image_url) else None,
        actions=tuple(action["label"] for action in message.actions),
        created_at=message.created_at,
        stays=kinds.stays(message.type, message.priority),
    )


def of_row(row: Item) -> Shown:
    return shown(row, row.public_id, status=row.status, seq=row.seq, position=row.position)


def iso(instant: datetime) -> str:
    """For `<time datetime>`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(instant: datetime) -> str:
    """What stands there until a script, which knows how the reader tells the time, says it better."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
