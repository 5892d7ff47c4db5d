"""The content of a digest, read when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select

from notifier.models import Category, Choice, Digest, Inbox, Message, Notification
from notifier.services.outbox.targets import EMAIL
from notifier.services.outbox.unread import is_unread

MAX_LISTED = 50
"""Notifications listed in one digest; the others are counted."""


@dataclass(frozen=True, slots=True)
class News:
    """`rows`: notifications as `delivery_content` selects them. `more`: how many are not listed.

    `seq`: of the inbox when they were read.
    """

    rows: Sequence[Any]
    more: int
    seq: int
    frequency: str


def read(connection: Connection, digest_id: int, items: Select[Any]) -> News | None:
    """What a digest brings now, None for nothing.

    Unread, newer than the last digest, and in categories that the user gets at this frequency. `items`: a query for notifications,
    joined with their messages and categories.
    """
    own = select(Digest.user_id, Digest.frequency, Digest.last_seq, Inbox.seq).join(Inbox, Inbox.user_id == Digest.user_id)
    digest = connection.execute(own.where(Digest.id == digest_id)).one_or_none()
    if digest is None:
        return None
    choice = (Choice.user_id == digest.user_id) & (Choice.category_id == Message.category_id) & (Choice.channel == EMAIL)
    new = [Notification.user_id == digest.user_id, Notification.body_seq > digest.last_seq, is_unread(later=False)]
    found = items.outerjoin(Choice, choice).where(*new, _frequency() == digest.frequency)
    rows = connection.execute(found.order_by(Category.place, Category.id, Notification.position.desc()).limit(MAX_LISTED)).all()
    if not rows:
        return None
    count = connection.scalar(select(func.count()).select_from(found.subquery())) if len(rows) == MAX_LISTED else len(rows)
    return News(rows, (count or 0) - len(rows), digest.seq, digest.frequency)


def _frequency() -> ColumnElement[str]:
    """How the user gets e-mail of a message's category."""
    default = or_(Category.locked, Category.retired_at.is_not(None), Choice.value.is_(None))
    return case((default, Category.email), else_=Choice.value)
