"""A message: the content of a notification, stored once for all recipients."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import Json, Key, UtcDateTime, id_column, instant, public_id_column


class Message(Model):
    """`text` is the body; `title` is never empty.

    `thread`: what users mute as one. `category_id`: the category of its type when it was sent.
    `created_at` of a scheduled message is its time of sending.
    `sender`: `user:ID`, `key:ID` or `local`; `audience`: the terms it was sent to. `recipients`: their number; `delivered`: the number
    of notifications written; `swept`: the number of these that were removed long after they were deleted, and how many of them had
    been seen, read and clicked. At `ends_at` (expiry, withdrawal) its notifications leave all inboxes; `ended_at`: when they had.
    `own_id`: of a message whose sender chose its id, the hash of the request and its answer.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "sender", "id"),
        Index(None, "category_id", "created_at"),
        CheckConstraint("priority IN ('low', 'normal', 'high', 'urgent')", name="priority"),
        Index(None, "ends_at", sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
        Index(None, "created_at", sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
        Index(
            None, "sender", "collapse_key", sqlite_where=text("collapse_key IS NOT NULL"), postgresql_where=text("collapse_key IS NOT NULL")
        ),
    )

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    sender: Mapped[str] = mapped_column(String(40))
    audience: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    recipients: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[int] = mapped_column(default=0)
    swept: Mapped[int] = mapped_column(server_default="0")
    swept_seen: Mapped[int] = mapped_column(server_default="0")
    swept_read: Mapped[int] = mapped_column(server_default="0")
    swept_clicked: Mapped[int] = mapped_column(server_default="0")
    type: Mapped[str] = mapped_column(String(64))
    priority: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str | None] = mapped_column(Text)
    data: Mapped[Json] = mapped_column("metadata", JSON)
    actions: Mapped[list[Any]] = mapped_column(JSON)
    image_url: Mapped[str | None] = mapped_column(String(2048))
    related_session_id: Mapped[str | None] = mapped_column(String(64))
    collapse_key: Mapped[str | None] = mapped_column(String(64))
    thread: Mapped[str | None] = mapped_column(String(64))
    category_id: Mapped[int | None] = mapped_column(Key)
    created_at: Mapped[instant]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    own_id: Mapped[Json | None] = mapped_column(JSON(none_as_null=True))


_NOT_SHOWN = ("audience", "own_id", "search_text", "swept", "swept_seen", "swept_read", "swept_clicked")

SHOWN_COLUMNS = tuple(column for column in Message.__table__.columns if column.name not in _NOT_SHOWN)
"""What lists and streams read of a message: all columns but those for reports and search."""
