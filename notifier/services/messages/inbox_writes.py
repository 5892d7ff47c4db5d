"""Write one message into the inboxes of some hundred recipients.

In few statements, inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Boolean, ColumnElement, Connection, String, bindparam, case, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from notifier import current, database
from notifier.database.json_sql import in_numbers, in_parameter, json_array
from notifier.models import AudienceChunk, Inbox, Message, Notification
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.inbox import changes
from notifier.services.inbox.changes import IS_KEPT
from notifier.services.messages import arrivals, touching, usual_delivery
from notifier.services.messages.arrivals import Arrivals, Facts
from notifier.services.messages.decision import Decision
from notifier.services.messages.touching import Asked
from notifier.services.messages.usual_delivery import Counting

REPLY = "reply"
"""The type of the notification by which an asker gets an answer."""
_COLUMNS = ["user_id", "message_id", "status", "seq", "body_seq", "position", "changed_at", "quiet", "arrival"]

_MANY = 100  # a few are written sooner than handed over to a thread

# Built once: these run at every send.
_RECIPIENTS = in_parameter(Inbox.user_id, "recipients")
_ONE_MORE = {"seq": Inbox.seq + 1, "unread": Inbox.unread + bindparam("unread_more"), "kept": Inbox.kept + 1}
_COUNT_UP = database.Prepared(update(Inbox).where(_RECIPIENTS).values(**_ONE_MORE))
_OVER = database.Prepared(select(Inbox.user_id).where(_RECIPIENTS, Inbox.kept > bindparam("most", type_=Inbox.kept.type)))
_MESSAGE, _WHEN = bindparam("message", type_=BigInteger), bindparam("when", type_=Notification.changed_at.type)
_STATUS, _QUIET, _ARRIVAL = bindparam("status", type_=String), bindparam("quiet", type_=Boolean), bindparam("arrival", type_=String)
_NEW = select(Inbox.user_id, _MESSAGE, _STATUS, Inbox.seq, Inbox.seq, Inbox.seq, _WHEN, _QUIET, _ARRIVAL).where(_RECIPIENTS)
_INSERT = database.Prepared(insert(Notification).from_select(_COLUMNS, _NEW))
_SEQ = database.Prepared(select(Inbox.seq).where(Inbox.user_id == bindparam("recipient")))


def _first(*order: Any) -> database.Prepared:
    """Of each of some inboxes the first notification by `order`: its id, user and status."""
    of_inbox = select(Notification.id).where(Notification.user_id == Inbox.user_id, IS_KEPT).order_by(*order)
    each = select(of_inbox.limit(1).correlate(Inbox).scalar_subquery()).where(_RECIPIENTS)
    return database.Prepared(select(Notification.id, Notification.user_id, Notification.status).where(Notification.id.in_(each)))


_IS_REPLY = exists().where(Message.id == Notification.message_id, Message.type == REPLY)
_OLDEST = _first(Notification.position)
_OLDEST_BUT_UNREAD = _first(case(((Notification.status == Status.UNREAD) & ~_IS_REPLY, 1), else_=0), Notification.position)


@dataclass(frozen=True, slots=True)
class Delivered:
    """`decisions`: all that were made for the recipients, each once.

    For a single recipient, `seq`: of the operation; `shown_id`: of the earlier notification, if one was updated in place.
    """

    decisions: Collection[Decision] = ()
    seq: int | None = None
    shown_id: str | None = None


class Begun(NamedTuple):
    """What was done for a message before it had its id: one inbox counted up, or `asked` asked."""

    counting: Counting | None = None
    asked: Asked | None = None


NOTHING_BEGUN = Begun()


def begin(transaction: Connection, message: Facts, recipients: Sequence[int]) -> Begun:
    """Begin to deliver a new message, whose insertion is queued. `message`: its `id` is not used."""
    if len(recipients) == 1:
        return Begun(usual_delivery.count_up(transaction, message, recipients[0]))
    return Begun(asked=touching.ask(transaction, message.category_id, recipients)) if recipients else NOTHING_BEGUN


def deliver(
    transaction: Connection, message: Facts, recipients: Sequence[int], *, instead_of: int | None = None, begun: Begun = NOTHING_BEGUN
) -> Delivered:
    """Write one operation to each inbox: a new notification, or an update of an earlier one.

    `recipients`: in rising order. `begun`: as `begin` returned it for them.
    `instead_of`: the message whose notifications are updated, also those that were read or archived: they are unread again. Without it,
    unread and snoozed ones of the same sender and collapse key are. A full inbox deletes its oldest notification in the same operation.
    """
    if not recipients:
        return Delivered()
    if begun.counting is not None:
        inbox = usual_delivery.add(transaction, message, begun.counting)
        _evict(transaction, message, recipients if inbox.kept > current.app().config["INBOX_MAX"] else ())
        return Delivered(inbox.decisions, inbox.seq)
    updated = _collapsed(message) if instead_of is None else [Message.id == instead_of, IS_KEPT]
    changes.lock(transaction, recipients)
    found = arrivals.arrivals(transaction, message, recipients, begun.asked)
    earlier = _earlier(transaction, updated, recipients) if updated else {}
    _update_in_place(transaction, message.id, earlier, found)
    new = [user_id for user_id in recipients if user_id not in earlier] if earlier else recipients
    _evict(transaction, message, _insert(transaction, message.id, new, found) if new else ())
    if len(recipients) > 1:
        return Delivered(found.decisions)
    seq = _SEQ.scalar(transaction, recipient=recipients[0])
    return Delivered(found.decisions, seq, earlier[recipients[0]].shown_id if earlier else None)


def _collapsed(message: Facts) -> list[ColumnElement[bool]]:
    """Conditions for the unread and snoozed notifications of the same sender and collapse key.

    None if the message has no such key.
    """
    if message.collapse_key is None:
        return []
    same = (Message.sender == message.sender) & (Message.collapse_key == message.collapse_key)
    # By the time of sending, not by id: a message that was scheduled long ago may be the newer one.
    waiting = Notification.status.in_((Status.UNREAD, Status.SNOOZED))
    return [same, Message.created_at <= message.created_at, Message.id != message.id, waiting]


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


def _update_in_place(transaction: Connection, message_id: int, earlier: Mapping[int, Any], found: Arrivals) -> None:
    """Point these notifications at this message.

    They are new again, as it arrives at each user, and keep the ids that clients know them by.
    """
    if not earlier:
        return
    moves: dict[int, list[int]] = {}
    for user_id, row in earlier.items():
        moves.setdefault((found.of(user_id).status == Status.UNREAD) - (row.status == Status.UNREAD), []).append(user_id)
    for more, users in moves.items():
        raised = {"seq": Inbox.seq + 1, "unread": Inbox.unread + more}
        transaction.execute(update(Inbox).where(in_numbers(Inbox.user_id, users)).values(**raised))
    seq = select(Inbox.seq).where(Inbox.user_id == Notification.user_id).scalar_subquery()
    for old in {row.message_id for row in earlier.values()}:
        id_ = select(Message.public_id).where(Message.id == old).scalar_subquery()
        values = {"message_id": message_id, "public_id": func.coalesce(Notification.public_id, id_), "previous_status": None}
        # Those were for the old text; and an update wakes what was snoozed.
        values |= dict.fromkeys(("seen_at", "read_at", "clicked_at", "answer", "snoozed_until"))
        places = {"seq": seq, "body_seq": seq, "position": seq, "changed_at": now()}
        for arrival, group in found.groups([user_id for user_id, row in earlier.items() if row.message_id == old]).items():
            moved = in_numbers(Notification.id, [earlier[user_id].id for user_id in group])
            arrived = {"status": arrival.status, "quiet": arrival.quiet, "arrival": arrival.reason}
            transaction.execute(update(Notification).where(moved).values(**values, **places, **arrived))
        without_rows = ~exists().where(Notification.message_id == old) & ~exists().where(AudienceChunk.message_id == old)
        transaction.execute(update(Message).where(Message.id == old, without_rows).values(ended_at=now()))


def _insert(transaction: Connection, message_id: int, users: Sequence[int], found: Arrivals) -> list[int]:
    """Insert new notifications. Returns the users whose inboxes are over their bound.

    Three statements, and one or two for each other way in which the message arrives at some.
    """
    when, groups, most = now(), found.groups(users), current.app().config["INBOX_MAX"]
    counted: dict[int, list[int]] = {}
    for arrival, group in groups.items():
        counted.setdefault(int(arrival.status == Status.UNREAD), []).extend(group)
    # Without RETURNING, which takes 1.5 us for each inbox (measured).
    written = [(_COUNT_UP, {"recipients": json_array(counting), "unread_more": more}) for more, counting in counted.items()]
    for arrival, group in groups.items():
        arrived = {"status": arrival.status.value, "quiet": arrival.quiet, "arrival": arrival.reason}
        written.append((_INSERT, arrived | {"recipients": json_array(group), "message": message_id, "when": when}))
    database.execute_all(transaction, written, long=len(users) >= _MANY)
    return [row.user_id for row in _OVER.all(transaction, recipients=json_array(users), most=most)]


def _evict(transaction: Connection, message: Facts, full: Sequence[int]) -> None:
    """Delete the oldest notification of each inbox that is over its bound.

    A reply makes room among what was read and among other replies, at last itself: it is kept beside its question in any case.
    """
    if full:
        oldest = _OLDEST_BUT_UNREAD if message.type == REPLY else _OLDEST
        evicted = oldest.all(transaction, recipients=json_array(full))
        changes.change_rows(transaction, evicted, Status.DELETED, own=False, step=0)
