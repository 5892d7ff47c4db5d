"""Deliver a message that has one recipient and arrives as usual.

Two statements, where `inbox_writes` takes three. The first counts the inbox up unless anything may touch the arrival, and PostgreSQL gets
it together with the message. The second inserts the notification, and goes with COMMIT.
"""

from __future__ import annotations

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

_COLUMNS = ("user_id", "message_id", "status", "seq", "body_seq", "position", "changed_at", "quiet", "arrival")


def counting(at: ColumnElement[datetime]) -> database.Prepared:
    """Count an inbox up, unless anything of its user may touch the arrival."""
    one = update(Inbox).where(Inbox.user_id == touching.FIRST, ~touching.may_touch(at))
    more = {"seq": Inbox.seq + 1, "unread": Inbox.unread + bindparam("unread_more"), "kept": Inbox.kept + 1}
    return database.Prepared(one.values(more).returning(Inbox.user_id, Inbox.seq, Inbox.kept))


# Built once: these run at nearly every send.
_COUNT_UP = counting(Clock())
_INSERT = database.Prepared(insert(Notification).inline().values({column: bindparam(column) for column in _COLUMNS}))


class Counted(NamedTuple):
    """The inbox after it was counted up, and how the message arrives there."""

    user_id: int
    seq: int
    kept: int
    arrival: Arrival
    decision: Decision


def count_up(transaction: Connection, message: Facts, user_id: int) -> Counted | None:
    """Count the inbox of the only recipient up, which locks it. `message`: its `id` is not used.

    None where the message may arrive otherwise than usual; then nothing was done.
    """
    if message.collapse_key is not None or message.loud_per_hour is not None:
        return None
    arrival, decision = arrivals.usual(message)
    more = int(arrival.status == Status.UNREAD)
    among = {"first": user_id, "last": user_id, "category": message.category_id}
    found = _COUNT_UP.first(transaction, **among, unread_more=more, now=datetime.now(UTC))
    return None if found is None else Counted(found.user_id, found.seq, found.kept, arrival, decision)


def add(transaction: Connection, message: Facts, inbox: Counted) -> None:
    """Add the notification."""
    places = {"seq": inbox.seq, "body_seq": inbox.seq, "position": inbox.seq, "changed_at": now()}
    arrived = {"status": inbox.arrival.status.value, "quiet": inbox.arrival.quiet, "arrival": inbox.arrival.reason}
    _INSERT.queue(transaction, user_id=inbox.user_id, message_id=message.id, **places, **arrived)
