"""A user's inbox: its head and its counters, all moved by the one UPDATE that locks the row."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.commit_numbers import CommitNumber


class Inbox(Model):
    """`seq`: operations so far. `floor`: the greatest seq whose rows were removed by the sweep.

    `unread`, `kept`: the numbers of rows that are unread and that are not deleted. `change`: as in `commit_numbers`.
    """

    __tablename__ = "inboxes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    floor: Mapped[int] = mapped_column(BigInteger, default=0)
    unread: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    change: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0", index=True, onupdate=CommitNumber("inboxes"))
