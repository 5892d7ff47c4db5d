"""What somebody did who steers, sends or signs in. Written with what it tells of, never changed."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import id_column, instant


class AuditEntry(Model):
    """`actor`: `user:ID`, `key:ID`, `local`, or empty for somebody unknown; `actor_name`: what they were called then.

    `subject`: whom or what it was done to; `detail`: the rest, for people; `address`: where it was done from.
    """

    __tablename__ = "audit_entries"

    id: Mapped[id_column]
    at: Mapped[instant]
    actor: Mapped[str] = mapped_column(String(40))
    actor_name: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    detail: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(64))
