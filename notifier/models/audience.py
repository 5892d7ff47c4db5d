"""Who a message still has to be written to: more people than one transaction takes, or a time that has not come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column


class AudienceChunk(Model):
    """Some of a message's people, `user_ids` in rising order, fixed when it was accepted.

    Who deletes the row writes their notifications, in the same transaction: that makes it once for each, in any process, after any crash.
    """

    __tablename__ = "audience_chunks"

    id: Mapped[id_column]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    user_ids: Mapped[list[int]] = mapped_column(JSON)
    size: Mapped[int]
