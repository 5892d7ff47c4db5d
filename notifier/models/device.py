"""Devices: the browsers to which a user's notifications are pushed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column, instant, public_id_column


class Device(Model):
    """`endpoint`, `p256dh`, `auth`: the browser's subscription. `label`: such as `Chromium on Linux`.

    `sign_in_id`: the sign-in it belongs to and ends with, none for users of a host application. `failures`: refusals in a row.
    """

    __tablename__ = "devices"

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(String(1000), unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(30))
    label: Mapped[str] = mapped_column(String(60))
    sign_in_id: Mapped[int | None] = mapped_column(ForeignKey("sign_ins.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[instant]
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
