"""Long jobs whose progress people watch. A session is state with a version, not a history: only how it stands now is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column, instant

PENDING, PROCESSED, FAILED, STALLED = "pending", "processed", "failed", "stalled"

_SPEAKS = text("silent_at IS NOT NULL")
_TOLD = text("message_id IS NOT NULL")
_UNDER_WAY = text("under_way")


class Session(Model):
    """`public_id`: chosen by the creator, or a UUIDv7. `creator`: as the `sender` of a message. `version`: changes so far.

    `started_at`: when it left `pending`. `silent_at`: when it stalls unless it is heard of before; null once it has. `ended_at`: when it
    was processed or failed. `message_id`: the message its owner was told of it with, until then. `type`, `actions`: of the notification of
    its end.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        Index(None, "silent_at", sqlite_where=_SPEAKS, postgresql_where=_SPEAKS),
        Index(None, "message_id", sqlite_where=_TOLD, postgresql_where=_TOLD),
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
    """Who may watch a session by name: its owner and its viewers. `under_way`: while it is, to find a user's live ones quickly."""

    __tablename__ = "session_watchers"
    __table_args__ = (
        Index(None, "user_id", "session_id"),
        Index("ix_session_watchers_under_way", "user_id", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    under_way: Mapped[bool] = mapped_column(default=True)
