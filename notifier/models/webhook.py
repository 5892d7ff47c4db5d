"""Webhooks: addresses that are called about events, their calls, and the last attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column, instant, public_id_column
from notifier.models.remote import Remote

_WAITING = text("state = 'waiting'")


class Webhook(Remote, Model):
    """`events`: the names of those it is called about.

    `old_secret`: signs too until `old_until`, after a rotation.
    """

    __tablename__ = "webhooks"

    secret: Mapped[str] = mapped_column(String(100))
    old_secret: Mapped[str | None] = mapped_column(String(100))
    old_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    events: Mapped[list[str]] = mapped_column(JSON)


class WebhookCall(Model):
    """One event for one webhook.

    `public_id`: its `webhook-id`, the same at each repetition; `body`: as it is sent.
    `not_before`: when it is tried next; while it is being sent, when another process may try it. `attempts`: also proves which attempt
    settles it.
    """

    __tablename__ = "webhook_calls"
    __table_args__ = (
        Index("ix_webhook_calls_waiting", "not_before", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        CheckConstraint("state IN ('waiting', 'sent', 'given_up')", name="state"),
    )

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), index=True)
    event: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[instant]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class WebhookAttempt(Model):
    """How one attempt ended. Once a minute all but the last 50 of each webhook are removed."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index("ix_webhook_attempts_webhook_id_id", "webhook_id", "id"),)

    id: Mapped[id_column]
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    call_id: Mapped[int] = mapped_column(ForeignKey("webhook_calls.id", ondelete="CASCADE"), index=True)
    at: Mapped[instant]
    accepted: Mapped[bool]
    answer: Mapped[str] = mapped_column(String(300))
