"""A sign-in of a user: a chain of refresh tokens, of which the last is valid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column, instant


class SignIn(Model):
    """`refresh_jti`: the valid refresh token.

    `previous_jti`: the one before, valid shortly after `rotated_at`.
    """

    __tablename__ = "sign_ins"

    id: Mapped[id_column]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    refresh_jti: Mapped[str] = mapped_column(String(36))
    previous_jti: Mapped[str | None] = mapped_column(String(36))
    rotated_at: Mapped[instant]
    created_at: Mapped[instant]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
