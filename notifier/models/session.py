"""Sessions: long-running jobs with progress.

A session is a row with a version; only its present state is stored.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column, instant

PENDING, PROCESSED, FAILED, STALLED = "pending", "processed", "failed", "stalled"

_MAY_STALL = text("silent_at IS NOT NULL")
_HAS_MESSAGE = text("message_id IS NOT NULL")
_UNDER_WAY = text("under_way")


class Session(Model):
    """`public_id`: chosen by the creator, or a UUIDv7. `creator`: as a message's `sender`.

    `version`: changes so far.
    `started_at`: when it left `pending`. `silent_at`: when it stalls unless it is updated before; null once it has stalled or ended.
    `ended_at`: when it was processed or failed. `message_id`: the message of its owner's notification, null once it has ended.
    `type`, `actions`: of the notification of its end.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        Index(None, "silent_at", sqlite_where=_MAY_STALL, postgresql_where=_MAY_STALL),
        Index(None, "message_id", sqlite_where=_HAS_MESSAGE, postgresql_where=_HAS_MESSAGE),
    )

    id: Mapped[id_column]
    public_id: Mapped[str] = mapped_column(String(64), unique=True)
    creator: Mapped[str] = mapped_column(String(40), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(40), default=PENDING)
    progress: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    type: Mapped[str | None] = mapped_column(String(64))
    actions: Mapped[list[Any]] = mapped_column(JSON)
    silence_seconds: Mapped[int]
    silent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    created_at: Mapped[instant]
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[instant]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class Watcher(Model):
    """A user whom a session names, and who may watch it: its owner or a viewer.

    `under_way`: false once it has ended.
    The index of sessions under way finds those of a user quickly.
    """

    __tablename__ = "session_watchers"
    __table_args__ = (
        Index(None, "user_id", "session_id"),
        Index("ix_session_watchers_under_way", "user_id", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    under_way: Mapped[bool] = mapped_column(default=True)
