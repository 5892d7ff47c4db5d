"""Recipients to whom a message is still to be written: a large audience, or a scheduled message."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column


class AudienceChunk(Model):
    """Some recipients of a message, `user_ids` in rising order, fixed when the message was accepted.

    The process that deletes the row writes their notifications in the same transaction: so each recipient gets exactly one, whichever
    process does it and whenever one crashes.
    """

    __tablename__ = "audience_chunks"

    id: Mapped[id_column]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    user_ids: Mapped[list[int]] = mapped_column(JSON)
    size: Mapped[int]
