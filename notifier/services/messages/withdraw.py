"""Withdraw a message: take it out of every inbox, also on open screens.

Nothing is deleted in one step: the rows get the status `deleted`, some hundred at a time, and `retention` sweeps them up later.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, select, update

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.models import AudienceChunk, Message, Notification
from notifier.models.notification import Status
from notifier.services import audit
from notifier.services.hints import publish_hints, wake_scheduler
from notifier.services.inbox import changes
from notifier.services.inbox.changes import IS_KEPT
from notifier.services.messages import reports

BATCH_SIZE = 500
"""Rows changed in one transaction."""


@database.retry_on_conflict
def withdraw(public_id: str, sender: str | None) -> int:
    """Withdraw a message, and never deliver what was not delivered yet.

    Returns the number of its recipients.
    The first rows go at once, the scheduler removes the others. Withdrawing twice is the same as once.
    Raises `NotFound` unless `sender` sent it; None withdraws a message of any sender.
    """
    with database.write() as transaction:
        message = reports.one(transaction, public_id, sender)
        if message.withdrawn_at is None:
            # Chunks before their message, the order in which they are written to people: the other way round the two would deadlock.
            transaction.execute(delete(AudienceChunk).where(AudienceChunk.message_id == message.id))
            now = database.clock(transaction)
            transaction.execute(update(Message).where(Message.id == message.id).values(withdrawn_at=now, ends_at=now, ended_at=None))
            audit.note(transaction, "message.withdrawn", public_id, message.title)
    delete_some(message.id)
    wake_scheduler()
    return int(message.recipients)


@database.retry_on_conflict
def delete_some(message_id: int) -> None:
    """Delete up to `BATCH_SIZE` notifications of an expired or withdrawn message.

    If none is left, set the message's `ended_at`.
    """
    with database.write() as transaction:
        message = transaction.execute(select(Message.public_id, Message.withdrawn_at).where(Message.id == message_id)).one()
        rows = [Notification.message_id == message_id]
        if message.withdrawn_at is not None:
            # A later message that updated this one in place shows its id, and is withdrawn with it.
            rows = [rows[0] | (Notification.public_id == message.public_id)]
        users = set(transaction.scalars(select(Notification.user_id).where(IS_KEPT, *rows).limit(BATCH_SIZE)))
        if not users:
            _set_ended(transaction, message_id, rows)
            return
        changes.lock(transaction, users)
        changed = changes.change(transaction, [*rows, in_numbers(Notification.user_id, users)], Status.DELETED, own=False)
    publish_hints(changed)


def _set_ended(transaction: Connection, message_id: int, rows: list[ColumnElement[bool]]) -> None:
    """Set `ended_at`, unless a user's undo has restored a row in the meantime.

    An undo locks the message until its commit.
    """
    transaction.execute(select(Message.id).where(Message.id == message_id).with_for_update())
    if transaction.scalar(select(Notification.id).where(IS_KEPT, *rows).limit(1)) is None:
        transaction.execute(update(Message).where(Message.id == message_id).values(ended_at=database.clock(transaction)))
