"""API keys for programs. The key itself is shown once and never stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column, instant, public_id_column


class ApiKey(Model):
    """An API key. It is found by `prefix` and verified by `secret_hash` (SHA-256 of a random secret).

    `scopes`: separated by commas. `user_id`: the user whose inbox it reads, null for a key that only sends.
    `audience`, `types`: the only terms it may send to and the only types it may send; empty: any.
    """

    __tablename__ = "api_keys"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    name: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    prefix: Mapped[str] = mapped_column(String(12), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[str] = mapped_column(String(40))
    audience: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    types: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    created_at: Mapped[instant]
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
