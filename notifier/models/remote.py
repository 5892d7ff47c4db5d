"""What admins set once and this server sends to: columns that webhooks and destinations share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.models.columns import UtcDateTime, id_column, instant, public_id_column

MAX_NAME_LENGTH = 64
MAX_URL_LENGTH = 2048


class Remote:
    """`failing_since`: the first failure since it last worked.

    `disabled_at`: when it was turned off, by an admin or after failures.
    """

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    url: Mapped[str] = mapped_column(String(MAX_URL_LENGTH))
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[instant]
