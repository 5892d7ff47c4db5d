"""Users. Each has exactly one inbox, created in the same transaction."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import UtcDateTime, id_column, instant, public_id_column
from notifier.models.commit_numbers import CommitNumber

LABEL_LENGTH = 200
EMAIL_LENGTH = 254


class Role(StrEnum):
    """Roles of users. What each may do is in `web/auth/permissions.py`."""

    USER = "user"
    SENDER = "sender"
    ADMIN = "admin"


class User(Model):
    """`name_key`: the name as it is compared (NFKC, case folded).

    `label`: the name as it is shown, empty where that is `name`. `password_hash`: empty for a user who has no password here.
    `token_version`: raised to revoke all tokens.
    `access_seq`: raised by everything that may end a token or a key of the user, so that open streams check their grants again, and
    by a pause, so that open pages show it.
    `time_zone`: as the user chose it, or empty for `browser_zone`, which is learnt from the pages.
    """

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('user', 'sender', 'admin')", name="role"), {"sqlite_autoincrement": True})

    id: Mapped[id_column]
    public_id: Mapped[public_id_column]
    name: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(LABEL_LENGTH), default="", server_default="")
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    locale: Mapped[str] = mapped_column(String(35), default="", server_default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(10), default=Role.USER)
    token_version: Mapped[int] = mapped_column(default=0)
    access_seq: Mapped[int] = mapped_column(default=0)
    change: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0", index=True, onupdate=CommitNumber("users"))
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[instant]
    sound: Mapped[bool] = mapped_column(default=False)
    theme: Mapped[str] = mapped_column(String(10), default="auto")
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    browser_zone: Mapped[str] = mapped_column(String(64), default="", server_default="")
