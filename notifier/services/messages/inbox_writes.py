"""Writing one message into the inboxes of up to some hundred people, set by set, inside somebody else's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Connection, exists, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.models import AudienceChunk, Inbox, Message, Notification
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.inbox import changes
from notifier.services.inbox.changes import KEPT

_COLUMNS = ["user_id", "message_id", "status", "seq", "body_seq", "position", "changed_at"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """Of a single recipient: the `seq` it got, and the id it bears if it updated an earlier one in place. Else None."""

    seq: int | None = None
    bears: str | None = None


def deliver(transaction: Connection, message_id: int, recipients: Sequence[int], *, instead_of: int | None = None) -> Delivered:
    """One operation in the inbox of each of `recipients`: a new notification, or an earlier one updated in place.

    `instead_of`: the message whose notifications are updated, also those that were read or archived: they are unread again. Without it,
    unread ones of the same sender and collapse key. An inbox that is full lets go of its oldest in the same operation.
    """
    if not recipients:
        return Delivered()
    changes.lock(transaction, recipients)
    updated = _collapsed(transaction, message_id) if instead_of is None else [Message.id == instead_of, KEPT]
    earlier = _earlier(transaction, updated, recipients) if updated else {}
    _update_in_place(transaction, message_id, earlier)
    _insert(transaction, message_id, [user_id for user_id in recipients if user_id not in earlier])
    _evict(transaction, recipients)
    if len(recipients) > 1:
        return Delivered()
    bears = earlier[recipients[0]].bears if earlier else None
    return Delivered(transaction.scalar(select(Inbox.seq).where(Inbox.user_id == recipients[0])), bears)


def _collapsed(transaction: Connection, message_id: int) -> list[ColumnElement[bool]]:
    """What marks the unread notifications of the same sender and collapse key; nothing where the message has no such key."""
    said = select(Message.sender, Message.collapse_key, Message.created_at).where(Message.id == message_id)
    message = transaction.execute(said).one()
    if message.collapse_key is None:
        return []
    same = (Message.sender == message.sender) & (Message.collapse_key == message.collapse_key)
    # By when they are said, not by id: one that was scheduled long ago may be the newer one.
    return [same, Message.created_at <= message.created_at, Message.id != message_id, Notification.status == Status.UNREAD]


def _earlier(transaction: Connection, updated: Sequence[ColumnElement[bool]], recipients: Sequence[int]) -> dict[int, Any]:
    """By user, the latest of their notifications that is `updated` and not over."""
    alive = Message.ends_at.is_(None) | (Message.ends_at > database.clock(transaction))
    first = aliased(Message)
    given_up = exists().where(first.public_id == Notification.public_id, first.withdrawn_at.is_not(None))
    bears = func.coalesce(Notification.public_id, Message.public_id).label("bears")
    own = (Notification.id, Notification.user_id, Notification.position, Notification.message_id, Notification.status)
    found = select(*own, bears).join(Message, Message.id == Notification.message_id)
    found = found.where(*updated, alive, ~given_up, in_numbers(Notification.user_id, recipients))
    return {row.user_id: row for row in transaction.execute(found.order_by(Notification.position))}


def _update_in_place(transaction: Connection, message_id: int, earlier: Mapping[int, Any]) -> None:
    """Gives them this message's text, and has them unread; they keep the ids they bear."""
    if not earlier:
        return
    transaction.execute(update(Inbox).where(in_numbers(Inbox.user_id, earlier)).values(seq=Inbox.seq + 1))
    woken = [user_id for user_id, row in earlier.items() if row.status != Status.UNREAD]
    if woken:
        transaction.execute(update(Inbox).where(in_numbers(Inbox.user_id, woken)).values(unread=Inbox.unread + 1))
    seq = select(Inbox.seq).where(Inbox.user_id == Notification.user_id).scalar_subquery()
    for old in {row.message_id for row in earlier.values()}:
        moved = [row.id for row in earlier.values() if row.message_id == old]
        id_ = select(Message.public_id).where(Message.id == old).scalar_subquery()
        values = {"message_id": message_id, "public_id": func.coalesce(Notification.public_id, id_), "previous_status": None}
        values |= dict.fromkeys(("seen_at", "read_at", "clicked_at"))  # of this text nobody has seen anything
        places = {"status": Status.UNREAD, "seq": seq, "body_seq": seq, "position": seq, "changed_at": now()}
        transaction.execute(update(Notification).where(in_numbers(Notification.id, moved)).values(**values, **places))
        no_rows = ~exists().where(Notification.message_id == old) & ~exists().where(AudienceChunk.message_id == old)
        transaction.execute(update(Message).where(Message.id == old, no_rows).values(ended_at=now()))


def _insert(transaction: Connection, message_id: int, recipients: Sequence[int]) -> None:
    theirs = in_numbers(Inbox.user_id, recipients)
    transaction.execute(update(Inbox).where(theirs).values(seq=Inbox.seq + 1, unread=Inbox.unread + 1, kept=Inbox.kept + 1))
    when = literal(now(), Notification.changed_at.type)
    rows = select(Inbox.user_id, literal(message_id), literal(Status.UNREAD.value), Inbox.seq, Inbox.seq, Inbox.seq, when)
    transaction.execute(insert(Notification).from_select(_COLUMNS, rows.where(theirs)))


def _evict(transaction: Connection, recipients: Sequence[int]) -> None:
    oldest = (
        select(Notification.id)
        .where(Notification.user_id == Inbox.user_id, KEPT)
        .order_by(Notification.position)
        .limit(1)
        .correlate(Inbox)
        .scalar_subquery()
    )
    over = select(oldest).where(in_numbers(Inbox.user_id, recipients), Inbox.kept > current_app.config["INBOX_MAX"])
    evicted = list(transaction.scalars(over))
    if evicted:
        changes.change(transaction, [in_numbers(Notification.id, evicted)], Status.DELETED, own=False, step=0)
