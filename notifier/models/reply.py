"""Replies of recipients to notifications with a reply action."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import id_column, instant, public_id_column


class Reply(Model):
    """One reply.

    `message_id`: the message as its reader saw it; `notification_id`: the id shown to the reader.
    """

    __tablename__ = "replies"
    __table_args__ = (Index(None, "message_id", "user_id"), Index(None, "notification_id"))

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    notification_id: Mapped[str] = mapped_column(String(36))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[instant]
