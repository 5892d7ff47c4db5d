"""A notification as JSON (API answers and stream data) and as templates draw it.

A new column of a message that clients are to see is one new field of `MessageContent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.realtime.snapshot import Change, Snapshot
from notifier.services.inbox import inbox
from notifier.services.inbox.inbox import Head, Item, Listing
from notifier.services.messages.content import AnyAction
from notifier.services.messages.decision import Reason
from notifier.services.preferences import local_times
from notifier.web.http.json_answers import Column, Count, ResponseModel
from notifier.web.presenters.announcement import kind, stays
from notifier.web.presenters.reasons import archived_text
from notifier.web.presenters.session import ProgressBar, progress_bar

Priority = Literal["low", "normal", "high", "urgent"]
KeptStatus = Literal["unread", "read", "archived", "snoozed"]
AnyStatus = Literal["unread", "read", "archived", "snoozed", "deleted"]

# Titles of toasts for types whose senders often give nothing but a text.
_HEADLINES = {"video_complete": "Video Ready!", "video_failed": "Video Generation Failed"}
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


class MessageContent(ResponseModel):
    """The part of a notification that is the same for all recipients."""

    id: Annotated[str, Column("public_id")] = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    """The id that the sender got as the answer."""
    type: str = Field(examples=["success"])
    priority: Priority = Field(examples=["normal"])
    title: str = Field(examples=["Transcription Complete"])
    message: Annotated[str, Column("text")] = Field(examples=["Your audio is ready"])
    metadata: dict[str, Any] = Field(examples=[{}])
    actions: list[AnyAction] = Field(examples=[[{"label": "Listen", "url": "/audio/7"}]])
    image_url: str | None = Field(examples=[None])
    related_session_id: str | None = Field(examples=[None])
    collapse_key: str | None = Field(examples=[None])
    thread: str | None = Field(examples=[None])
    """What its recipients can mute as one."""
    created_at: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])
    expires_at: AwareDatetime | None = Field(examples=[None])


class _Place(ResponseModel):
    seq: Count = Field(examples=[812])
    """The operation that changed it last."""
    status: KeptStatus
    quiet: bool = Field(examples=[False])
    """Whether it made no toast and no sound."""
    arrival: Reason | None = Field(examples=[None])
    """Why it was quiet or archived when it arrived; null for one that was simply shown."""
    answer: str | None = Field(examples=[None])
    """What the user replied to it."""


class Notification(MessageContent, _Place):
    """One notification of a list."""

    timestamp: Annotated[AwareDatetime, Column("created_at")] = Field(examples=["2026-01-01T10:00:00.000Z"])
    """The same as `created_at`."""


class InboxHead(ResponseModel):
    """The `seq` and the unread count of an inbox.

    Of two such pairs the one with the higher `seq` is right.
    """

    seq: Count = Field(examples=[812])
    unread_count: Annotated[Count, Column("unread")] = Field(examples=[4])


class NotificationNow(MessageContent, InboxHead):
    """One notification, with the unread count and the `seq` of its inbox."""

    status: AnyStatus
    quiet: bool = Field(examples=[False])
    arrival: Reason | None = Field(examples=[None])
    answer: str | None = Field(examples=[None])
    timestamp: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])
    """The same as `created_at`."""


class Changed(InboxHead):
    """How many notifications a call changed, and the inbox after it."""

    changed: Count = Field(examples=[4])


def changed_values(changed: inbox.Changed) -> dict[str, Any]:
    """The fields of a `Changed`."""
    return {"changed": changed.count} | InboxHead.values(changed.head)


def now_values(row: Item, head: Head) -> dict[str, Any]:
    """The fields of a `NotificationNow`."""
    return Notification.values(row) | InboxHead.values(head)


def public_id(change: Change, snapshot: Snapshot) -> str:
    """The id of a notification: its message's, unless it was updated in place."""
    found: str = change.public_id or snapshot.messages[change.message_id].public_id
    return found


def content_of(change: Change, snapshot: Snapshot) -> dict[str, Any]:
    """The fields of the `MessageContent` of a change."""
    content = MessageContent.values(snapshot.messages[change.message_id])
    content["id"] = public_id(change, snapshot)
    return content


@dataclass(frozen=True, slots=True)
class ItemView:
    """A notification as templates draw it. `text`: empty where it would only repeat the title.

    `headline`: the title of its toast.
    `image`: its address; templates show it or link to it, by its origin. `actions`: the index and label of each link. `reply`: the label
    of its reply form, or empty. `answer`: the reply that its reader gave. `session`: the progress of the session that it announces.
    `note`: why it is in the archive, or until when it is snoozed.
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
    answer: str | None
    created_at: datetime
    stays: bool
    session: ProgressBar | None
    note: str = ""


def item_view(
    message: Any,
    public_id: str,
    *,
    status: str,
    seq: int = 0,
    position: int = 0,
    session: Any = None,
    answer: str | None = None,
    note: str = "",
) -> ItemView:
    """`message`: a row with the columns of `Message`. `session`: one with those of `Session`."""
    repeats = message.text.strip() == message.title.strip()
    return ItemView(
        id=public_id,
        seq=seq,
        position=position,
        status=status,
        type=message.type,
        kind=kind(message.type),
        priority=message.priority,
        title=message.title,
        headline=_HEADLINES.get(message.type, message.title) if repeats else message.title,
        text="" if repeats else message.text,
        image=message.image_url or None,
        actions=tuple((index, action["label"]) for index, action in enumerate(message.actions) if "url" in action),
        answer=answer,
        reply="" if answer else next((action["label"] for action in message.actions if "reply" in action), ""),
        created_at=message.created_at,
        stays=stays(message.type, message.priority),
        session=progress_bar(session) if session is not None else None,
        note=note,
    )


def item_views(found: Listing, zone: tzinfo = UTC) -> list[ItemView]:
    """The notifications of a page of the list. `zone`: that of its reader."""
    return [
        item_view(
            row,
            row.public_id,
            status=row.status,
            seq=row.seq,
            position=row.position,
            session=found.sessions.get(row.message_id),
            answer=row.answer,
            note=_note(row, found.labels.get(row.message_id, ""), zone),
        )
        for row in found.items
    ]


def _note(row: Item, label: str, zone: tzinfo) -> str:
    """Why it is in the archive, or until when it is snoozed; empty for others."""
    if row.status == Status.ARCHIVED and row.arrival is not None and not row.quiet:
        return archived_text(row.arrival, label)
    if row.status == Status.SNOOZED and row.snoozed_until is not None:
        return f"Snoozed until {local_times.until(row.snoozed_until, zone, now())}"
    return ""


def iso(instant: datetime) -> str:
    """For `<time datetime>`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def offset(instant: datetime, start: datetime) -> str:
    """How long `instant` is after `start`, such as `+1.2 s`."""
    seconds = max(0.0, (instant - start).total_seconds())
    length, unit = next((known for known in _UNITS if seconds >= known[0]), (1, "s"))
    return f"+{seconds / length:.1f} {unit}"


def clock(instant: datetime) -> str:
    """The text of `<time>` until a script replaces it by the reader's local time."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
