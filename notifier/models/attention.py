"""When a user wants to be left alone: quiet hours, pause, and the time of digests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime


class Attention(Model):
    """A user without a row has no quiet hours and no pause.

    `quiet_start`, `quiet_end`: `HH:MM` in the user's zone; `quiet_days`: the weekdays on which they begin, 0 = Monday.
    `quiet_from`, `quiet_until`: the current or next window in UTC, rolled on by the scheduler and at each change.
    """

    __tablename__ = "attention"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    quiet_start: Mapped[str | None] = mapped_column(String(5))
    quiet_end: Mapped[str | None] = mapped_column(String(5))
    quiet_days: Mapped[list[int]] = mapped_column(JSON, default=list)
    quiet_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    quiet_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    digest_time: Mapped[str] = mapped_column(String(5), default="08:00")
    digest_day: Mapped[int] = mapped_column(default=0)
