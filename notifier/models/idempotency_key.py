"""Idempotency keys: the stored answers of requests that may be repeated."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import instant


class IdempotencyKey(Model):
    """The answer to a request, written in its transaction.

    `body_hash`: SHA-256 of the request, in hex.
    """

    __tablename__ = "idempotency_keys"

    sender: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[instant] = mapped_column(index=True)
