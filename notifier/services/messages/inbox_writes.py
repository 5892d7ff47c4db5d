"""Write one message into the inboxes of some hundred recipients.

In few statements, inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, case, exists, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from notifier import database
from notifier.database.json_sql import in_numbers, in_parameter, json_array
from notifier.models import AudienceChunk, Inbox, Message, Notification
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.inbox import changes
from notifier.services.inbox.changes import KEPT

REPLY = "reply"
"""The type of the notification by which an asker gets an answer."""
_COLUMNS = ["user_id", "message_id", "status", "seq", "body_seq", "position", "changed_at"]

# Built once: these run at every send.
_RECIPIENTS = in_parameter(Inbox.user_id, "recipients")
_COLLAPSE = select(Message.sender, Message.collapse_key, Message.created_at).where(Message.id == bindparam("message"))
_COUNT_UP = update(Inbox).where(_RECIPIENTS).values(seq=Inbox.seq + 1, unread=Inbox.unread + 1, kept=Inbox.kept + 1)
_MESSAGE, _WHEN = bindparam("message", type_=BigInteger), bindparam("when", type_=Notification.changed_at.type)
_NEW = select(Inbox.user_id, _MESSAGE, literal(Status.UNREAD.value), Inbox.seq, Inbox.seq, Inbox.seq, _WHEN).where(_RECIPIENTS)
_INSERT = insert(Notification).from_select(_COLUMNS, _NEW)
_FULL = (_RECIPIENTS, Inbox.kept > bindparam("most"))
_ANY_FULL = select(Inbox.user_id).where(*_FULL).limit(1)
_SEQ = select(Inbox.seq).where(Inbox.user_id == bindparam("recipient"))


@dataclass(frozen=True, slots=True)
class Delivered:
    """The result for a single recipient; None for several.

    `seq`: of the operation. `shown_id`: of the earlier notification, if one was updated in place.
    """

    seq: int | None = None
    shown_id: str | None = None


def deliver(transaction: Connection, message_id: int, recipients: Sequence[int], *, instead_of: int | None = None) -> Delivered:
    """Write one operation to each inbox: a new notification, or an update of an earlier one.

    `instead_of`: the message whose notifications are updated, also those that were read or archived: they are unread again. Without it,
    unread ones of the same sender and collapse key are. A full inbox deletes its oldest notification in the same operation.
    """
    if not recipients:
        return Delivered()
    changes.lock(transaction, recipients)
    updated = _collapsed(transaction, message_id) if instead_of is None else [Message.id == instead_of, KEPT]
    earlier = _earlier(transaction, updated, recipients) if updated else {}
    _update_in_place(transaction, message_id, earlier)
    _insert(transaction, message_id, [user_id for user_id in recipients if user_id not in earlier])
    _evict(transaction, message_id, recipients)
    if len(recipients) > 1:
        return Delivered()
    shown_id = earlier[recipients[0]].shown_id if earlier else None
    return Delivered(transaction.scalar(_SEQ, {"recipient": recipients[0]}), shown_id)


def _collapsed(transaction: Connection, message_id: int) -> list[ColumnElement[bool]]:
    """Conditions for the unread notifications of the same sender and collapse key.

    None if the message has no such key.
    """
    message = transaction.execute(_COLLAPSE, {"message": message_id}).one()
    if message.collapse_key is None:
        return []
    same = (Message.sender == message.sender) & (Message.collapse_key == message.collapse_key)
    # By the time of sending, not by id: a message that was scheduled long ago may be the newer one.
    return [same, Message.created_at <= message.created_at, Message.id != message_id, Notification.status == Status.UNREAD]


def _earlier(transaction: Connection, updated: Sequence[ColumnElement[bool]], recipients: Sequence[int]) -> dict[int, Any]:
    """By user, their latest notification that meets the conditions and has not expired."""
    unexpired = Message.ends_at.is_(None) | (Message.ends_at > database.clock(transaction))
    first = aliased(Message)
    withdrawn = exists().where(first.public_id == Notification.public_id, first.withdrawn_at.is_not(None))
    shown_id = func.coalesce(Notification.public_id, Message.public_id).label("shown_id")
    own = (Notification.id, Notification.user_id, Notification.position, Notification.message_id, Notification.status)
    found = select(*own, shown_id).join(Message, Message.id == Notification.message_id)
    found = found.where(*updated, unexpired, ~withdrawn, in_numbers(Notification.user_id, recipients))
    return {row.user_id: row for row in transaction.execute(found.order_by(Notification.position))}


def _update_in_place(transaction: Connection, message_id: int, earlier: Mapping[int, Any]) -> None:
    """Point these notifications at this message and make them unread.

    They keep the ids that clients know them by.
    """
    if not earlier:
        return
    transaction.execute(update(Inbox).where(in_numbers(Inbox.user_id, earlier)).values(seq=Inbox.seq + 1))
    not_unread = [user_id for user_id, row in earlier.items() if row.status != Status.UNREAD]
    if not_unread:
        transaction.execute(update(Inbox).where(in_numbers(Inbox.user_id, not_unread)).values(unread=Inbox.unread + 1))
    seq = select(Inbox.seq).where(Inbox.user_id == Notification.user_id).scalar_subquery()
    for old in {row.message_id for row in earlier.values()}:
        moved = [row.id for row in earlier.values() if row.message_id == old]
        id_ = select(Message.public_id).where(Message.id == old).scalar_subquery()
        values = {"message_id": message_id, "public_id": func.coalesce(Notification.public_id, id_), "previous_status": None}
        values |= dict.fromkeys(("seen_at", "read_at", "clicked_at", "answer"))  # those were for the old text
        places = {"status": Status.UNREAD, "seq": seq, "body_seq": seq, "position": seq, "changed_at": now()}
        transaction.execute(update(Notification).where(in_numbers(Notification.id, moved)).values(**values, **places))
        without_rows = ~exists().where(Notification.message_id == old) & ~exists().where(AudienceChunk.message_id == old)
        transaction.execute(update(Message).where(Message.id == old, without_rows).values(ended_at=now()))


def _insert(transaction: Connection, message_id: int, recipients: Sequence[int]) -> None:
    parameters = {"recipients": json_array(recipients)}
    transaction.execute(_COUNT_UP, parameters)
    transaction.execute(_INSERT, parameters | {"message": message_id, "when": now()})


def _evict(transaction: Connection, message_id: int, recipients: Sequence[int]) -> None:
    """Delete the oldest notification of each inbox that is over its bound.

    A reply makes room among what was read and among other replies, at last itself: it is kept beside its question in any case.
    """
    bound = {"recipients": json_array(recipients), "most": current_app.config["INBOX_MAX"]}
    if transaction.scalar(_ANY_FULL, bound) is None:
        return
    order: list[Any] = [Notification.position]
    if transaction.scalar(select(Message.type).where(Message.id == message_id)) == REPLY:
        reply = exists().where(Message.id == Notification.message_id, Message.type == REPLY)
        order.insert(0, case(((Notification.status == Status.UNREAD) & ~reply, 1), else_=0))
    oldest = select(Notification.id).where(Notification.user_id == Inbox.user_id, KEPT).order_by(*order)
    evicted = list(transaction.scalars(select(oldest.limit(1).correlate(Inbox).scalar_subquery()).where(*_FULL), bound))
    changes.change(transaction, [in_numbers(Notification.id, evicted)], Status.DELETED, own=False, step=0)
