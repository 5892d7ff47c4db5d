"""Whether anything may touch how a message arrives: a choice, a mute or quiet hours.

As a rule nothing of its recipients does, and one query about all of them finds that out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, or_, select

from notifier import database
from notifier.models import Attention, Choice, Message, Mute
from notifier.models.columns import Clock
from notifier.services.preferences import attention

Asked = Callable[[], list[Any]]
"""Returns the answer of the query."""

FIRST, LAST, CATEGORY = (bindparam(name, type_=Message.id.type) for name in ("first", "last", "category"))
"""Parameters: the lowest and the highest id of the recipients, and the message's category."""


def touched(now: ColumnElement[datetime]) -> database.Prepared:
    """Read `now`, and whether a choice, a mute or quiet hours may touch the message."""
    return database.Prepared(select(now, *_conditions(now)))


def may_touch(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """As `touched`, in one condition."""
    return or_(*_conditions(now))


def _conditions(now: ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
    chosen = exists().where(Choice.category_id == CATEGORY, Choice.user_id.between(FIRST, LAST))
    muted = exists().where(Mute.user_id.between(FIRST, LAST))
    silent = exists().where(Attention.user_id.between(FIRST, LAST), attention.may_be_silent(now))
    return chosen, muted, silent


# Built once: it runs at every send to several.
_TOUCHED = touched(Clock())


def ask(connection: Connection, category_id: int | None, users: Sequence[int]) -> Asked:
    """Ask about `users`, in rising order."""
    return _TOUCHED.queue(connection, first=users[0], last=users[-1], category=category_id, now=datetime.now(UTC))
