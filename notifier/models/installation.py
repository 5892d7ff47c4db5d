"""The one row of settings that all processes share: the epoch and the switch of streams."""

from __future__ import annotations

import secrets

from sqlalchemy import CheckConstraint, String, true
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model


def new_epoch() -> str:
    """8 random hex digits.

    A cursor of another epoch belongs to another database and cannot be replayed from.
    """
    return secrets.token_hex(4)


class Installation(Model):
    """The single row. `streams_enabled`: the switch that admins turn at run time.

    `compatible_from`: the oldest schema revision whose program may use this database (`services.maintenance.schema`).
    `users_removed`: raised with each user who is deleted, so that open streams of theirs are found.
    `push_key`: the private key that signs pushes (`services.push.keys`).
    """

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    epoch: Mapped[str] = mapped_column(String(8), default=new_epoch)
    streams_enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    compatible_from: Mapped[str] = mapped_column(String(32), default="0012", server_default="0012")
    users_removed: Mapped[int] = mapped_column(default=0, server_default="0")
    push_key: Mapped[str | None] = mapped_column(String(60))
