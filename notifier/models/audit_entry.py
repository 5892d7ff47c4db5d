"""The audit log.

An entry is written in the transaction of the action it records, and never changed.
"""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import id_column, instant


class AuditEntry(Model):
    """One action.

    `actor`: `user:ID`, `key:ID`, `local`, or empty for an unknown client; `actor_name`: their name then.
    `subject`: the object of the action; `detail`: more about it, for readers; `address`: the client's address.
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
