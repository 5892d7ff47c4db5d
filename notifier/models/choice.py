"""A user's choice for one category and channel. Only what differs from the default has a row."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from notifier.extensions import Model
from notifier.models.columns import instant


class Choice(Model):
    """`channel`: `in_app`, `email` or `push`.

    The key begins with the category: a send asks for one category and many users.
    """

    __tablename__ = "choices"

    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True)
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[str] = mapped_column(String(10))
    changed_at: Mapped[instant]
