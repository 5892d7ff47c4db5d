"""Deliver a message that has one recipient.

Two statements as a rule. The first counts the inbox up, which locks it, and finds out whether anything may touch the arrival; PostgreSQL
gets it together with the message. The second inserts the notification, and goes with COMMIT.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, insert, update

from notifier import database
from notifier.models import Inbox, Notification
from notifier.models.columns import Clock, now
from notifier.models.notification import Status
from notifier.services.messages import arrivals, touching
from notifier.services.messages.arrivals import Arrival, Facts
from notifier.services.messages.decision import Decision
from notifier.services.messages.touching import Asked

_COLUMNS = ("user_id", "message_id", "status", "seq", "body_seq", "position", "changed_at", "quiet", "arrival")


def counting(at: ColumnElement[datetime]) -> database.Prepared:
    """Count an inbox up, and read whether anything of its user may touch the arrival."""
    one = update(Inbox).where(Inbox.user_id == touching.FIRST)
    more = {"seq": Inbox.seq + 1, "unread": Inbox.unread + bindparam("unread_more"), "kept": Inbox.kept + 1}
    return database.Prepared(one.values(more).returning(Inbox.seq, Inbox.kept, touching.may_touch(at).label("touched")))


# Built once: these run at nearly every send.
_COUNT_UP = counting(Clock())
_CORRECT = database.Prepared(
    update(Inbox).where(Inbox.user_id == bindparam("recipient")).values(unread=Inbox.unread + bindparam("unread_more"))
)
_INSERT = database.Prepared(insert(Notification).inline().values({column: bindparam(column) for column in _COLUMNS}))


class Counting(NamedTuple):
    """The statement that counts an inbox up, and how the message arrives there as a rule."""

    user_id: int
    asked: Asked
    arrival: Arrival
    decision: Decision


class Counted(NamedTuple):
    """An inbox with a new notification. `decisions`: all that were made for its user."""

    seq: int
    kept: int
    decisions: Collection[Decision]


def count_up(transaction: Connection, message: Facts, user_id: int) -> Counting | None:
    """Count the inbox of the only recipient up. `message`: its `id` is not used.

    None for a message that may update an earlier one; then nothing is done.
    """
    if message.collapse_key is not None:
        return None
    arrival, decision = arrivals.usual(message)
    among = {"first": user_id, "last": user_id, "category": message.category_id}
    more = int(arrival.status == Status.UNREAD)
    return Counting(user_id, _COUNT_UP.queue(transaction, **among, unread_more=more, now=datetime.now(UTC)), arrival, decision)


def add(transaction: Connection, message: Facts, counting: Counting) -> Counted:
    """Add the notification to the inbox that was counted up.

    Raises `TransactionConflict` if the inbox is gone.
    """
    user_id, asked, arrival, decision = counting
    decisions: Collection[Decision] = (decision,)
    counted = asked()
    if not counted:
        raise database.conflict()
    ((seq, kept, touched),) = counted
    if touched or message.loud_per_hour is not None:
        found = arrivals.arrivals(transaction, message, [user_id])
        more = (found.of(user_id).status == Status.UNREAD) - (arrival.status == Status.UNREAD)
        arrival, decisions = found.of(user_id), found.decisions
        if more:
            _CORRECT.queue(transaction, recipient=user_id, unread_more=more)
    places = {"seq": seq, "body_seq": seq, "position": seq, "changed_at": now()}
    arrived = {"status": arrival.status.value, "quiet": arrival.quiet, "arrival": arrival.reason}
    _INSERT.queue(transaction, user_id=user_id, message_id=message.id, **places, **arrived)
    return Counted(seq, kept, decisions)
