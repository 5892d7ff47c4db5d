"""Digests of users: when the next one is due, and how far the last one went."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column

_DUE = text("next_at IS NOT NULL")


class Digest(Model):
    """Made with the first notification for it.

    `next_at`: null while there is no news, so that users without news cost nothing.

    `last_at`: when the last one was sent; `last_seq`: the `seq` of the inbox at which its content was read. The next one brings what
    arrived after it.
    """

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("user_id", "frequency"), Index(None, "next_at", sqlite_where=_DUE, postgresql_where=_DUE))

    id: Mapped[id_column]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    frequency: Mapped[str] = mapped_column(String(10))
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)
