"""A mute: what a user does not want to be notified of, until a time or for ever."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column, instant, public_id_column


class Mute(Model):
    """`kind`: `type`, `sender` or `thread`.

    `value`: the type, the sender's name in the form that names are compared in, or the thread. `until` None: for ever.
    """

    __tablename__ = "mutes"
    __table_args__ = (
        UniqueConstraint("kind", "value", "user_id"),
        CheckConstraint("kind IN ('type', 'sender', 'thread')", name="kind"),
    )

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[instant]
