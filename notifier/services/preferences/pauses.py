"""Pause: no toast and no sound until a time. Also the row that holds it and the quiet hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from notifier import database
from notifier.errors import invalid
from notifier.models import Attention, User
from notifier.models.columns import now
from notifier.services.hints import publish_hints
from notifier.services.preferences import attention

MAX_PAUSE_DAYS = 366


def check_until(until: datetime, field: str = "until") -> None:
    """Raise `Invalid` on `field` unless `until` is ahead, by a year at most."""
    if until <= now():
        raise invalid(field, "must be in the future")
    if until > now() + timedelta(days=MAX_PAUSE_DAYS):
        raise invalid(field, "must be within a year")


def still(until: datetime | None) -> datetime | None:
    """`until`, unless it is over."""
    return until if until is not None and until > now() else None


def paused_until(user_id: int) -> datetime | None:
    """When a user's pause ends; None where there is none."""
    with database.read() as connection:
        return still(connection.scalar(select(Attention.paused_until).where(Attention.user_id == user_id)))


@database.retry_on_conflict
def pause(user_id: int, until: datetime) -> None:
    """Pause until a time. Raises `Invalid` for one that is over or more than a year ahead."""
    check_until(until)
    with database.write() as transaction:
        lock(transaction, user_id)
        write(transaction, user_id, {"paused_until": until})
        show_again(transaction, [user_id])
    publish_hints([user_id])


@database.retry_on_conflict
def resume(user_id: int) -> None:
    """End a user's pause, if there is one."""
    with database.write() as transaction:
        ended = _end(transaction, [user_id])
    publish_hints(ended)


_OVER = attention.over(Attention.paused_until)


def end_step() -> bool:
    """End some pauses whose time has come, so that open pages show it. False when there are no more.

    What arrives does not wait for it: a decision looks at the time.
    """
    return attention.step(_OVER, _end_over)


@database.retry_on_conflict
def _end_over(users: Sequence[int]) -> None:
    with database.write() as transaction:
        over = Attention.paused_until <= database.clock(transaction)
        ended = _end(transaction, users, over)
    publish_hints(ended)


def _end(transaction: Connection, users: Sequence[int], *matching: ColumnElement[bool]) -> list[int]:
    """End the matching pauses of `users`. Returns whose were ended.

    The rows of users are locked first, as everywhere here: the other way round, a pause at the same moment is a deadlock.
    """
    transaction.execute(select(User.id).where(User.id.in_(users)).order_by(User.id).with_for_update(key_share=True))
    paused = Attention.user_id.in_(users) & Attention.paused_until.is_not(None)
    ended = list(transaction.scalars(select(Attention.user_id).where(paused, *matching)))
    if ended:
        transaction.execute(update(Attention).where(Attention.user_id.in_(ended)).values(paused_until=None))
        show_again(transaction, ended)
    return ended


def show_again(transaction: Connection, users: Sequence[int]) -> None:
    """Let the open pages of users show their settings again, on all devices.

    The caller publishes hints after the commit.
    """
    transaction.execute(update(User).where(User.id.in_(users)).values(access_seq=User.access_seq + 1))


def lock(transaction: Connection, user_id: int) -> None:
    """Let one change of a user's preferences at a time through.

    Rows that do not exist yet cannot be locked.
    """
    transaction.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def write(transaction: Connection, user_id: int, values: Mapping[str, Any]) -> None:
    """Write into a user's row, made if there is none. The caller holds the lock."""
    if not transaction.execute(update(Attention).where(Attention.user_id == user_id).values(**values)).rowcount:
        transaction.execute(insert(Attention).values(user_id=user_id, **values))
