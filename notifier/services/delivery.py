"""Writing one message into the inboxes of up to some hundred people, set by set, inside somebody else's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import ColumnElement, Connection, exists, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from notifier import database
from notifier.models import AudienceChunk, Inbox, Message, Notification
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services import operations
from notifier.services.operations import KEPT

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
    operations.lock(transaction, recipients)
    transaction.execute(update(Inbox).where(Inbox.user_id.in_(recipients)).values(seq=Inbox.seq + 1))
    found = _with_collapse_key(transaction, message_id) if instead_of is None else [Message.id == instead_of, KEPT]
    updated = _update_in_place(transaction, message_id, [*found, Notification.user_id.in_(recipients)]) if found else {}
    _insert(transaction, message_id, [user_id for user_id in recipients if user_id not in updated])
    _evict(transaction, recipients)
    if len(recipients) > 1:
        return Delivered()
    return Delivered(transaction.scalar(select(Inbox.seq).where(Inbox.user_id == recipients[0])), updated.get(recipients[0]))


def _with_collapse_key(transaction: Connection, message_id: int) -> list[ColumnElement[bool]]:
    """Unread notifications of the same sender and collapse key, as conditions; none where the message has no such key."""
    said = select(Message.sender, Message.collapse_key, Message.created_at).where(Message.id == message_id)
    message = transaction.execute(said).one()
    if message.collapse_key is None:
        return []
    same = (Message.sender == message.sender) & (Message.collapse_key == message.collapse_key)
    # By when they are said, not by id: one that was scheduled long ago may be the newer one.
    return [same, Message.created_at <= message.created_at, Message.id != message_id, Notification.status == Status.UNREAD]


def _update_in_place(transaction: Connection, message_id: int, earlier: Sequence[ColumnElement[bool]]) -> dict[int, str]:
    """Gives those of `earlier` that are not over, each inbox's latest, this message's text. Returns the ids they bear, by user."""
    alive = Message.ends_at.is_(None) | (Message.ends_at > database.clock(transaction))
    first = aliased(Message)
    given_up = exists().where(first.public_id == Notification.public_id, first.withdrawn_at.is_not(None))
    bears = func.coalesce(Notification.public_id, Message.public_id)
    own = (Notification.id, Notification.user_id, Notification.position, Notification.message_id, Notification.status)
    found = select(*own, bears.label("bears")).join(Message, Message.id == Notification.message_id).where(*earlier, alive, ~given_up)
    latest = {row.user_id: row for row in transaction.execute(found.order_by(Notification.position))}
    if not latest:
        return {}
    awake = [row.user_id for row in latest.values() if row.status != Status.UNREAD]
    if awake:
        transaction.execute(update(Inbox).where(Inbox.user_id.in_(awake)).values(unread=Inbox.unread + 1))
    seq = select(Inbox.seq).where(Inbox.user_id == Notification.user_id).scalar_subquery()
    for old in {row.message_id for row in latest.values()}:
        moved = [row.id for row in latest.values() if row.message_id == old]
        id_ = select(Message.public_id).where(Message.id == old).scalar_subquery()
        values = {"message_id": message_id, "public_id": func.coalesce(Notification.public_id, id_), "previous_status": None}
        places = {"status": Status.UNREAD, "seq": seq, "body_seq": seq, "position": seq, "changed_at": now()}
        transaction.execute(update(Notification).where(Notification.id.in_(moved)).values(**values, **places))
        no_rows = ~exists().where(Notification.message_id == old) & ~exists().where(AudienceChunk.message_id == old)
        transaction.execute(update(Message).where(Message.id == old, no_rows).values(ended_at=now()))
    return {user_id: row.bears for user_id, row in latest.items()}


def _insert(transaction: Connection, message_id: int, recipients: Sequence[int]) -> None:
    theirs = Inbox.user_id.in_(recipients)
    transaction.execute(update(Inbox).where(theirs).values(unread=Inbox.unread + 1, kept=Inbox.kept + 1))
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
    over = select(oldest).where(Inbox.user_id.in_(recipients), Inbox.kept > current_app.config["INBOX_MAX"])
    evicted = list(transaction.scalars(over))
    if evicted:
        operations.change(transaction, [Notification.id.in_(evicted)], Status.DELETED, own=False, step=0)
