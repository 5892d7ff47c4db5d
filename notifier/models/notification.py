"""One message in one user's inbox, with its own status."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column


class Status(StrEnum):
    UNREAD = "unread"
    READ = "read"
    ARCHIVED = "archived"
    DELETED = "deleted"


class Notification(Model):
    """`seq`: the operation that changed it last. `body_seq`: the one that last brought its text; lists are in its order.

    Two indexes and no third: (message, user) serves receipts and look-ups by id, (user, seq) serves replay and lists.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("message_id", "user_id"),
        Index(None, "user_id", "seq"),
        CheckConstraint("status IN ('unread', 'read', 'archived', 'deleted')", name="status"),
    )

    id: Mapped[id_column]
    user_id: Mapped[int] = mapped_column(ForeignKey("inboxes.user_id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(10), default=Status.UNREAD)
    previous_status: Mapped[str | None] = mapped_column(String(10))
    seq: Mapped[int] = mapped_column(BigInteger)
    body_seq: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
