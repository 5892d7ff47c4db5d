"""How notifications leave: withdrawn, expired, too old; and how what has left is swept up. Nothing is deleted in one step.

Each step is bounded, takes its decision inside its own transaction, and may be tried by any number of processes at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, select, update

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.models import AudienceChunk, IdempotencyKey, Inbox, Message, Notification, SignIn
from notifier.models.notification import Status
from notifier.services import audit, idempotency
from notifier.services.hints import publish_hints, wake_scheduler
from notifier.services.inbox import changes
from notifier.services.inbox.changes import KEPT
from notifier.services.messages import reports

AT_ONCE = 500
TOMBSTONE_LIFE = timedelta(days=7)
"""How long a deleted row stays for clients that come back with an old cursor."""


@database.retry_on_conflict
def withdraw(public_id: str, sender: str | None) -> int:
    """Takes a message out of every inbox, and never delivers what was not yet. Returns how many people it was for.

    Raises `NotFound` unless `sender` sent it; None withdraws anybody's. Withdrawing twice is the same as once.
    """
    with database.write() as transaction:
        message = reports.one(transaction, public_id, sender)
        if message.withdrawn_at is None:
            # Chunks before their message, the order in which they are written to people: the other way round the two would deadlock.
            transaction.execute(delete(AudienceChunk).where(AudienceChunk.message_id == message.id))
            now = database.clock(transaction)
            transaction.execute(update(Message).where(Message.id == message.id).values(withdrawn_at=now, ends_at=now, ended_at=None))
            audit.note(transaction, "message.withdrawn", public_id, message.title)
    _end_some(message.id)
    wake_scheduler()
    return int(message.recipients)


def end_step() -> bool:
    """Takes some rows of one message that has expired, or was withdrawn, out of their inboxes. False when there is none.

    One that is still being written to people waits: only when the last of them is written, all its rows are seen.
    """
    with database.read() as connection:
        over = (Message.ends_at <= database.clock(connection)) & Message.ended_at.is_(None)
        under_way = exists().where(AudienceChunk.message_id == Message.id)
        message_id = connection.scalar(select(Message.id).where(over, ~under_way).order_by(Message.ends_at).limit(1))
    if message_id is None:
        return False
    _end_some(message_id)
    return True


def retire_step() -> bool:
    """Lets some messages end that are older than `RETENTION_DAYS`. False when there are none."""
    with database.write() as transaction:
        now = database.clock(transaction)
        old = Message.created_at < now - timedelta(days=current_app.config["RETENTION_DAYS"])
        still = (Message.ends_at.is_(None)) | (Message.ends_at > now)
        ids = list(transaction.scalars(select(Message.id).where(old, still, Message.ended_at.is_(None)).limit(AT_ONCE)))
        if ids:
            transaction.execute(update(Message).where(in_numbers(Message.id, ids)).values(ends_at=now))
    return bool(ids)


def trim_step() -> bool:
    """Lets go of the oldest of one inbox that holds more than `INBOX_MAX`: the setting was lowered. False when there is none."""
    most = current_app.config["INBOX_MAX"]
    with database.write() as transaction:
        user_id = transaction.scalar(select(Inbox.user_id).where(Inbox.kept > most).limit(1))
        if user_id is None:
            return False
        changes.lock(transaction, [user_id])
        kept = transaction.scalar(select(Inbox.kept).where(Inbox.user_id == user_id)) or 0
        oldest = select(Notification.id).where(Notification.user_id == user_id, KEPT).order_by(Notification.position)
        ids = list(transaction.scalars(oldest.limit(min(max(kept - most, 0), AT_ONCE))))
        changed = changes.change(transaction, [in_numbers(Notification.id, ids)], Status.DELETED, own=False)
    publish_hints(changed)
    return bool(changed)


def sweep_step() -> bool:
    """Removes some rows that were deleted long ago, and raises the floor of their inboxes. False when there are none."""
    with database.write() as transaction:
        old = Notification.changed_at < database.clock(transaction) - TOMBSTONE_LIFE
        tombs = [changes.DELETED, old]
        users = set(transaction.scalars(select(Notification.user_id).where(*tombs).limit(AT_ONCE)))
        if not users:
            return False
        changes.lock(transaction, users)
        theirs = select(Notification.__table__).where(*tombs, in_numbers(Notification.user_id, users))
        rows = transaction.execute(theirs.limit(AT_ONCE)).all()
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
    """Removes some of what nobody can ask for any more: messages without rows, old idempotency keys, old
    entries of the audit log, dead sign-ins.
    """
    with database.write() as transaction:
        now = database.clock(transaction)
        rows = exists().where(Notification.message_id == Message.id)
        borne = exists().where(Notification.public_id == Message.public_id)
        gone = select(Message.id).where(Message.ended_at < now - TOMBSTONE_LIFE, ~rows, ~borne).limit(AT_ONCE)
        removed = [
            transaction.execute(delete(Message).where(Message.id.in_(gone))).rowcount,
            audit.purge(transaction, now - timedelta(days=current_app.config["RETENTION_DAYS"])),
            transaction.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - idempotency.KEPT)).rowcount,
            transaction.execute(delete(SignIn).where(SignIn.expires_at < now)).rowcount,
        ]
    return AT_ONCE in removed[:2]


def _keep_receipts(transaction: Connection, rows: Iterable[Any]) -> None:
    """What became of a message stays known when rows of it go. In order of their ids, so that two sweeps wait and do not deadlock."""
    swept: dict[int, list[int]] = {}
    for row in rows:
        counts = swept.setdefault(row.message_id, [0, 0, 0, 0])
        for place, counted in enumerate((row.id, row.seen_at, row.read_at, row.clicked_at)):
            counts[place] += counted is not None
    for message_id, (all_, seen, read, clicked) in sorted(swept.items()):
        kept = {"swept": Message.swept + all_, "swept_seen": Message.swept_seen + seen}
        kept |= {"swept_read": Message.swept_read + read, "swept_clicked": Message.swept_clicked + clicked}
        transaction.execute(update(Message).where(Message.id == message_id).values(**kept))


@database.retry_on_conflict
def _end_some(message_id: int) -> None:
    """Up to `AT_ONCE` rows of a message that is over; when there are no more, says so in the message."""
    with database.write() as transaction:
        message = transaction.execute(select(Message.public_id, Message.withdrawn_at).where(Message.id == message_id)).one()
        rows = [Notification.message_id == message_id]
        if message.withdrawn_at is not None:
            rows = [rows[0] | (Notification.public_id == message.public_id)]
        users = set(transaction.scalars(select(Notification.user_id).where(KEPT, *rows).limit(AT_ONCE)))
        if not users:
            _say_ended(transaction, message_id, rows)
            return
        changes.lock(transaction, users)
        changed = changes.change(transaction, [*rows, in_numbers(Notification.user_id, users)], Status.DELETED, own=False)
    publish_hints(changed)


def _say_ended(transaction: Connection, message_id: int, rows: list[ColumnElement[bool]]) -> None:
    """Unless somebody's undo, which holds the message until it is committed, has put back one of its rows meanwhile."""
    transaction.execute(select(Message.id).where(Message.id == message_id).with_for_update())
    if transaction.scalar(select(Notification.id).where(KEPT, *rows).limit(1)) is None:
        transaction.execute(update(Message).where(Message.id == message_id).values(ended_at=database.clock(transaction)))
