"""Undo one of a user's operations on their inbox, within a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.errors import Conflict
from notifier.models import Message, Notification
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.hints import publish_hints
from notifier.services.inbox import changes, inbox
from notifier.services.inbox.inbox import Changed

_UNDO_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Undoable:
    """The user's operation `seq`, which set the status of `count` notifications."""

    seq: int
    status: Status
    count: int


def undoable(user_id: int) -> Undoable | None:
    """The user's last operation that can still be undone."""
    with database.read() as connection:
        found = select(Notification.seq, func.min(Notification.status), func.count()).where(*_own_recent(user_id))
        row = connection.execute(found.group_by(Notification.seq).order_by(Notification.seq.desc()).limit(1)).one_or_none()
    return Undoable(row[0], Status(row[1]), row[2]) if row else None


@database.retry_on_conflict
def undo(user_id: int, seq: int) -> Changed:
    """Undo the user's operation `seq`, for rows that nothing has changed since.

    Raises `Conflict` if there is none.
    """
    with database.write() as transaction:
        changes.lock(transaction, [user_id])
        of_operation = and_(*_own_recent(user_id), Notification.seq == seq)
        count = changes.restore(transaction, [in_numbers(Notification.id, _restorable(transaction, of_operation))])
        if not count:
            raise Conflict(f"There is nothing to undo: an operation of yours can be undone for {_UNDO_SECONDS} s.", code="nothing_to_undo")
        after = inbox.head_in(transaction, user_id)
    publish_hints([user_id])
    return Changed(count, after)


def _own_recent(user_id: int) -> list[ColumnElement[bool]]:
    """Conditions for the rows whose last change was by the user and can still be undone."""
    recent = Notification.changed_at > now() - timedelta(seconds=_UNDO_SECONDS)
    return [Notification.user_id == user_id, Notification.previous_status.is_not(None), recent]


def _restorable(transaction: Connection, rows: ColumnElement[bool]) -> list[int]:
    """The ids of those `rows` whose message has not ended and whose id was not withdrawn."""
    found = transaction.execute(select(Notification.id, Notification.message_id, Notification.public_id).where(rows)).all()
    of_rows = in_numbers(Message.id, [row.message_id for row in found]) | Message.public_id.in_(
        [row.public_id for row in found if row.public_id]
    )
    # Locked until the commit: a concurrent withdrawal must wait and then see the rows that are restored here.
    messages = transaction.execute(select(Message).where(of_rows).with_for_update(read=True)).all()
    now = database.clock(transaction)
    ended = {message.id for message in messages if message.ends_at and message.ends_at <= now}
    withdrawn = {message.public_id for message in messages if message.withdrawn_at}
    return [row.id for row in found if row.message_id not in ended and row.public_id not in withdrawn]
