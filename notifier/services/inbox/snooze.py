"""Snooze: a notification leaves list and count until its time, then it is back unread, on top."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, exists, select

from notifier import database
from notifier.models import Attention, Notification
from notifier.services.hints import publish_hints
from notifier.services.inbox import changes, inbox
from notifier.services.inbox.inbox import Head, Item
from notifier.services.preferences import attention, pauses

BATCH_SIZE = 500
"""Notifications that come back in one transaction."""
_IS_DUE = Notification.snoozed_until <= bindparam("now")
_DUE = database.Prepared(
    select(Notification.id, Notification.user_id).where(changes.IS_SNOOZED, _IS_DUE).order_by(Notification.snoozed_until).limit(BATCH_SIZE)
)


@database.retry_on_conflict
def snooze(user_id: int, public_id: str, until: datetime) -> tuple[Item, Head]:
    """Snooze one notification until a time.

    Returns as `inbox.set_status`. Raises `Invalid` for a time that is over or more than a year ahead, `NotFound` as `inbox.get`.
    """
    pauses.check_until(until)
    with database.write() as transaction:
        changes.lock(transaction, [user_id])
        changed = changes.snooze(transaction, inbox.one(transaction, user_id, public_id).row_id, until)
        after = inbox.one(transaction, user_id, public_id), inbox.head_in(transaction, user_id)
    publish_hints(changed)
    return after


def wake_step() -> bool:
    """Bring some snoozed notifications back whose time has come. False when there are none.

    One of each inbox at a time: each gets a place of its own in the list.
    """
    rows = database.due(_DUE)
    if rows:
        _wake({row.user_id: row.id for row in reversed(rows)})
    return bool(rows)


@database.retry_on_conflict
def _wake(rows: dict[int, int]) -> None:
    """Wake one row by user, unless it was changed meanwhile."""
    with database.write() as transaction:
        changes.lock(transaction, rows)
        clock = database.clock(transaction)
        silent = exists().where(Attention.user_id == Notification.user_id, attention.is_silent(clock))
        woken = changes.wake(transaction, rows.values(), Notification.snoozed_until <= clock, silent)
    publish_hints(woken)
