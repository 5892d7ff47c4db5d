"""E-mail addresses of users, at most one each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime


class Address(Model):
    """Mail goes to an address that is confirmed and not refused.

    `from_host`: the row only notes refusals of the address in `users`, which the host application gave; with another one there it counts
    no more.
    `refusals`: how often in a row a mail server has refused it for good; `refusal`: its last answer.
    """

    __tablename__ = "addresses"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(String(300))
    from_host: Mapped[bool] = mapped_column(default=False)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refusals: Mapped[int] = mapped_column(default=0)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refusal: Mapped[str | None] = mapped_column(String(300))
