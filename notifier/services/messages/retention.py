"""Retention: end expired and old messages, trim full inboxes, sweep up deleted rows.

Steps of the scheduler. Each is bounded, decides inside its own transaction, and may be run by any number of processes at once.
Nothing is deleted in one step: a row first gets the status `deleted`, which is sent to clients, and is removed after `TOMBSTONE_LIFE`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, or_, select, update

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.models import AudienceChunk, Category, IdempotencyKey, Inbox, Message, Notification, SignIn
from notifier.models.notification import Status
from notifier.services import audit, idempotency
from notifier.services.hints import publish_hints
from notifier.services.inbox import changes
from notifier.services.inbox.changes import IS_KEPT
from notifier.services.messages import withdraw

BATCH_SIZE = 500
"""Rows changed or removed in one transaction."""
TOMBSTONE_LIFE = timedelta(days=7)
"""How long a deleted row stays for clients that reconnect with an old cursor."""


_IS_OVER = (Message.ends_at <= bindparam("now")) & Message.ended_at.is_(None)
_UNDER_WAY = exists().where(AudienceChunk.message_id == Message.id)
_OVER = database.Prepared(select(Message.id).where(_IS_OVER, ~_UNDER_WAY).order_by(Message.ends_at).limit(1))


def end_step() -> bool:
    """Delete some notifications of one message that expired or was withdrawn.

    False when there is no such message.
    A message that is still being written to its recipients waits: until the last of them is written, not all its rows can be seen.
    """
    over = database.due(_OVER)
    for row in over:
        withdraw.delete_some(row.id)
    return bool(over)


def retire_step() -> bool:
    """End some messages that are older than their category keeps them, or than `RETENTION_DAYS`.

    False when there are none.
    """
    with database.write() as transaction:
        now = database.clock(transaction)
        old = _old(transaction, now)
        still = (Message.ends_at.is_(None)) | (Message.ends_at > now)
        ids = list(transaction.scalars(select(Message.id).where(old, still, Message.ended_at.is_(None)).limit(BATCH_SIZE)))
        if ids:
            transaction.execute(update(Message).where(in_numbers(Message.id, ids)).values(ends_at=now))
    return bool(ids)


def _old(transaction: Connection, now: datetime) -> ColumnElement[bool]:
    """Whether a message is older than its category keeps it, where that is not as long as all others."""
    kept = transaction.execute(select(Category.id, Category.keep_days).where(Category.keep_days.is_not(None))).all()
    usual = Message.created_at < now - timedelta(days=current_app.config["RETENTION_DAYS"])
    if not kept:  # as a rule
        return usual
    others = Message.category_id.is_(None) | Message.category_id.not_in([row.id for row in kept])
    own = [(Message.category_id == row.id) & (Message.created_at < now - timedelta(days=row.keep_days)) for row in kept]
    return or_(usual & others, *own)


def trim_step() -> bool:
    """Delete the oldest notifications of one inbox over `INBOX_MAX`. False when there is none.

    There is one after the setting was lowered.
    """
    most = current_app.config["INBOX_MAX"]
    with database.write() as transaction:
        user_id = transaction.scalar(select(Inbox.user_id).where(Inbox.kept > most).limit(1))
        if user_id is None:
            return False
        changes.lock(transaction, [user_id])
        kept = transaction.scalar(select(Inbox.kept).where(Inbox.user_id == user_id)) or 0
        oldest = select(Notification.id).where(Notification.user_id == user_id, IS_KEPT).order_by(Notification.position)
        ids = list(transaction.scalars(oldest.limit(min(max(kept - most, 0), BATCH_SIZE))))
        changed = changes.change(transaction, [in_numbers(Notification.id, ids)], Status.DELETED, own=False)
    publish_hints(changed)
    return bool(changed)


def sweep_step() -> bool:
    """Remove some rows that were deleted long ago, and raise the floor of their inboxes.

    False when there are none.
    """
    with database.write() as transaction:
        old = Notification.changed_at < database.clock(transaction) - TOMBSTONE_LIFE
        tombs = [changes.IS_DELETED, old]
        users = set(transaction.scalars(select(Notification.user_id).where(*tombs).limit(BATCH_SIZE)))
        if not users:
            return False
        changes.lock(transaction, users)
        of_users = select(Notification.__table__).where(*tombs, in_numbers(Notification.user_id, users))
        rows = transaction.execute(of_users.limit(BATCH_SIZE)).all()
        floors: dict[int, int] = {}
        for row in rows:
            floors[row.user_id] = max(row.seq, floors.get(row.user_id, 0))
        transaction.execute(delete(Notification).where(in_numbers(Notification.id, [row.id for row in rows])))
        raised = update(Inbox).where(Inbox.user_id == bindparam("user"), Inbox.floor < bindparam("swept"))
        steps = [{"user": user_id, "swept": floor} for user_id, floor in floors.items()]
        transaction.execute(raised.values(floor=bindparam("swept")), steps)
        _keep_receipts(transaction, rows)
    return bool(rows)


def purge_step() -> bool:
    """Remove some old empty messages, idempotency keys, audit entries and sign-ins.

    True when there may be more.
    """
    with database.write() as transaction:
        now = database.clock(transaction)
        rows = exists().where(Notification.message_id == Message.id)
        shown_id = exists().where(Notification.public_id == Message.public_id)
        gone = select(Message.id).where(Message.ended_at < now - TOMBSTONE_LIFE, ~rows, ~shown_id).limit(BATCH_SIZE)
        removed = [
            transaction.execute(delete(Message).where(Message.id.in_(gone))).rowcount,
            audit.purge(transaction, now - timedelta(days=current_app.config["RETENTION_DAYS"])),
            transaction.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - idempotency.KEY_LIFE)).rowcount,
            transaction.execute(delete(SignIn).where(SignIn.expires_at < now)).rowcount,
        ]
    return BATCH_SIZE in removed[:2]


def _keep_receipts(transaction: Connection, rows: Iterable[Any]) -> None:
    """Add the receipts of removed `rows` to their messages' totals.

    In the order of ids, so that two sweeps wait and do not deadlock.
    """
    swept: dict[int, list[int]] = {}
    for row in rows:
        counts = swept.setdefault(row.message_id, [0, 0, 0, 0])
        for place, counted in enumerate((row.id, row.seen_at, row.read_at, row.clicked_at)):
            counts[place] += counted is not None
    for message_id, (all_, seen, read, clicked) in sorted(swept.items()):
        kept = {"swept": Message.swept + all_, "swept_seen": Message.swept_seen + seen}
        kept |= {"swept_read": Message.swept_read + read, "swept_clicked": Message.swept_clicked + clicked}
        transaction.execute(update(Message).where(Message.id == message_id).values(**kept))
