"""One message in one user's inbox, with its own status."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column


class Status(StrEnum):
    UNREAD = "unread"
    READ = "read"
    ARCHIVED = "archived"
    DELETED = "deleted"


_KEPT = text("status != 'deleted'")
_DELETED = text("status = 'deleted'")
_UPDATED = text("public_id IS NOT NULL")


class Notification(Model):
    """`seq`: the operation that changed it last. `body_seq`: the one after which its text has to be sent again.

    `position`: its place in lists, the operation that brought it or updated it in place. `public_id`: the id it bears, where that is
    not its message's: it was updated in place by a later message. `previous_status`: what undo goes back to, null where the last
    operation was not the user's own. `changed_at`: when that was. Receipts say when it was first shown to the user (`seen_at`), when
    marked as read, and when the first of its links was followed; they move nothing else.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("message_id", "user_id"),
        Index(None, "user_id", "seq"),
        Index(None, "user_id", "position", sqlite_where=_KEPT, postgresql_where=_KEPT),
        Index(None, "public_id", "user_id", sqlite_where=_UPDATED, postgresql_where=_UPDATED),
        Index(None, "changed_at", sqlite_where=_DELETED, postgresql_where=_DELETED),
        CheckConstraint("status IN ('unread', 'read', 'archived', 'deleted')", name="status"),
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
