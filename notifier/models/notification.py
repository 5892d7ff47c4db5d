"""A notification: one message in one user's inbox, with a status of its own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column


class Status(StrEnum):
    """Statuses of a notification. Deleted ones stay as rows until the sweep, for clients that resume."""

    UNREAD = "unread"
    READ = "read"
    ARCHIVED = "archived"
    DELETED = "deleted"
    SNOOZED = "snoozed"


OUT_OF_LISTS = (Status.ARCHIVED, Status.SNOOZED)
"""Kept, but not listed unless they are asked for."""

_KEPT = text("status != 'deleted'")
_DELETED = text("status = 'deleted'")
_ARCHIVED = text("status = 'archived'")
_SNOOZED = text("status = 'snoozed'")
_UPDATED = text("public_id IS NOT NULL")


class Notification(Model):
    """`seq`: that of its last change. `body_seq`: that of the last change of its content.

    `position`: its sort key in lists, the seq at which it arrived or was updated in place. `public_id`: its id, where that is not its
    message's: it was updated in place by a later message. `previous_status`: what undo restores, null where the last change was not
    the user's own. `changed_at`: the time of the last change. Receipts: when it was first shown to the user (`seen_at`), marked as
    read, and when the first of its links was followed; they do not change `seq`. `answer`: the user's reply to its question.
    `quiet`: it made no toast and no sound. `arrival`: why it was quiet or archived when it arrived, one of `decision.Reason`.
    `snoozed_until`: when a snoozed one comes back.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("message_id", "user_id"),
        Index(None, "user_id", "seq"),
        Index(None, "user_id", "position", sqlite_where=_KEPT, postgresql_where=_KEPT),
        Index(None, "public_id", "user_id", sqlite_where=_UPDATED, postgresql_where=_UPDATED),
        Index("ix_notifications_archived", "user_id", sqlite_where=_ARCHIVED, postgresql_where=_ARCHIVED),
        Index("ix_notifications_snoozed", "user_id", sqlite_where=_SNOOZED, postgresql_where=_SNOOZED),
        Index(None, "snoozed_until", sqlite_where=_SNOOZED, postgresql_where=_SNOOZED),
        Index(None, "changed_at", sqlite_where=_DELETED, postgresql_where=_DELETED),
        CheckConstraint("status IN ('unread', 'read', 'archived', 'deleted', 'snoozed')", name="status"),
    )

    id: Mapped[id_column]
    user_id: Mapped[int] = mapped_column(ForeignKey("inboxes.user_id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(10), default=Status.UNREAD)
    previous_status: Mapped[str | None] = mapped_column(String(10))
    seq: Mapped[int] = mapped_column(BigInteger)
    body_seq: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(BigInteger)
    public_id: Mapped[str | None] = mapped_column(String(36))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clicked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(Text)
    quiet: Mapped[bool] = mapped_column(default=False, server_default=false())
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    arrival: Mapped[str | None] = mapped_column(String(20))
