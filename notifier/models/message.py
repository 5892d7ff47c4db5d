"""What was said, stored once however many people it goes to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import Json, UtcDateTime, id_column, instant, public_id_column


class Message(Model):
    """`sender_id` is null for what the server's own machine sends. `text` is the body; `title` is never empty."""

    __tablename__ = "messages"
    __table_args__ = (CheckConstraint("priority IN ('low', 'normal', 'high', 'urgent')", name="priority"),)

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    type: Mapped[str] = mapped_column(String(64))
    priority: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    data: Mapped[Json] = mapped_column("metadata", JSON)
    actions: Mapped[list[Any]] = mapped_column(JSON)
    image_url: Mapped[str | None] = mapped_column(String(2048))
    related_session_id: Mapped[str | None] = mapped_column(String(64))
    collapse_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[instant]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
