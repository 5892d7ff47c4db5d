"""Categories: bundles of message types with a default per channel, defined by admins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column

OTHER = "other"
"""The slug of the built-in category of what fits nowhere else."""


class Category(Model):
    """`types`: exact names, or `video.*`. `place`: the order on pages.

    `locked`: users cannot turn it off or mute it.
    `in_app`, `email`, `push`: the defaults. `wait_minutes`: how long an e-mail waits for the notification to be read.
    `loud_per_hour`: over this number a user's next ones are quiet. `keep_days`: retention of its own.
    """

    __tablename__ = "categories"

    id: Mapped[id_column]
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    label: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(300), default="")
    place: Mapped[int] = mapped_column(default=100)
    types: Mapped[list[str]] = mapped_column(JSON, default=list)
    locked: Mapped[bool] = mapped_column(default=False)
    in_app: Mapped[str] = mapped_column(String(10), default="on")
    email: Mapped[str] = mapped_column(String(10), default="unread")
    push: Mapped[str] = mapped_column(String(10), default="on")
    wait_minutes: Mapped[int] = mapped_column(default=30)
    loud_per_hour: Mapped[int | None]
    keep_days: Mapped[int | None]
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
