"""Who a user is to a host application or a sign-in provider."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import id_column, instant

SUBJECT_LENGTH = 128


class Identity(Model):
    """The user that `issuer` calls `subject`. `seen_at`: when they last came, to the hour."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[id_column]
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    seen_at: Mapped[instant]
