"""Steps: when a message is to go out on a channel, at once or later.

Deliveries are made when a step is due.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column

_OPEN = text("done_at IS NULL")


class Step(Model):
    """`later`: for users who are sent what they have not read by `due_at`.

    Otherwise for those who are sent everything.

    `cursor`: the user up to whom it is done, by id; `done_at`: when the last one was.
    """

    __tablename__ = "steps"
    __table_args__ = (
        UniqueConstraint("message_id", "channel", "due_at"),
        Index(None, "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[id_column]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    later: Mapped[bool] = mapped_column(default=False)
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
