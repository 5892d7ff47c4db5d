"""Deliveries: attempt series on one channel for one target, as a rule a user's."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import Key, UtcDateTime, id_column, instant, public_id_column


class State(StrEnum):
    """States of a delivery. A `sending` one belongs to one process until its lease ends."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    GIVEN_UP = "given_up"


_WAITING = text("state = 'waiting'")
_SENDING = text("state = 'sending'")
_GIVEN_UP = text("state = 'given_up'")


class Delivery(Model):
    """`kind`: as `channels.ports.Kind`; `message_id` and `digest_id`: what it brings.

    `user_id`: none where it goes to a destination. `target`: where it goes on the channel; the name of a destination, and `destination_id`
    its public id: its name and, on SQLite, its key are used again when it is removed. None in rows of versions before.

    `public_id`: the id that its service and its recipient see, the same at each repetition. `due_at`: when it could first be sent, from
    which its age counts; `not_before`: when it is tried next. `attempts`: also proves which attempt settles it. `reason`: why it was
    skipped or given up, a value of `decision.Reason`; `answer`: what the service answered last.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("message_id", "user_id", "channel", "target"),
        Index("ix_deliveries_waiting", "channel", "not_before", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_deliveries_sending", "lease_until", sqlite_where=_SENDING, postgresql_where=_SENDING),
        Index("ix_deliveries_given_up", "id", sqlite_where=_GIVEN_UP, postgresql_where=_GIVEN_UP),
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'skipped', 'given_up')", name="state"),
    )

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    kind: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    digest_id: Mapped[int | None] = mapped_column(Key)
    target: Mapped[str] = mapped_column(String(300))
    destination_id: Mapped[str | None] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(10), default=State.WAITING)
    reason: Mapped[str | None] = mapped_column(String(20))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[instant]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
