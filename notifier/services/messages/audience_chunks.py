"""Write what was accepted with 202: large audiences, and scheduled messages that are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, delete, func, select, update

from notifier import database, metrics
from notifier.models import AudienceChunk, Message
from notifier.services.hints import publish_hints
from notifier.services.messages import arrivals, inbox_writes, reports


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a message: `delivered` of `recipients` have been written.

    `created_at` lies ahead while it is scheduled.
    """

    id: str
    recipients: int
    delivered: int
    created_at: datetime
    withdrawn_at: datetime | None


# Built once: a large audience has many chunks. With the time as a parameter: PostgreSQL uses no index for a clock that goes on.
_NOW = bindparam("now", type_=AudienceChunk.due_at.type)
_NEXT = database.Prepared(
    select(AudienceChunk.id, AudienceChunk.message_id, AudienceChunk.user_ids)
    .where(AudienceChunk.due_at <= _NOW)
    .order_by(AudienceChunk.due_at, AudienceChunk.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_DELETE = database.Prepared(delete(AudienceChunk).where(AudienceChunk.id == bindparam("chunk")))
_EXPIRED = database.Prepared(select(Message.ends_at <= _NOW).where(Message.id == bindparam("message")))
_COUNT = database.Prepared(
    update(Message).where(Message.id == bindparam("message")).values(delivered=Message.delivered + bindparam("more", type_=Integer))
)
_DUE = AudienceChunk.due_at <= bindparam("now")
_ONE_DUE = database.Prepared(select(AudienceChunk.id).where(_DUE).limit(1))
_WAITING = database.Prepared(select(func.coalesce(func.sum(AudienceChunk.size), 0)).where(_DUE))


def step() -> bool:
    """Write one chunk that is due. False when there is none."""
    return bool(database.due(_ONE_DUE)) and _write_one()


@database.retry_on_conflict
def _write_one() -> bool:
    """Write the chunk that is due first. False when other processes write them all.

    The chunk's row is deleted in the transaction that writes its notifications: another process finds it gone, or takes the next.
    """
    with database.write() as transaction:
        now = database.clock(transaction)
        chunk = _NEXT.first(transaction, now=now)
        if chunk is None:
            return False
        _DELETE.execute(transaction, chunk=chunk.id)
        recipients = [] if _EXPIRED.scalar(transaction, message=chunk.message_id, now=now) else chunk.user_ids
        inbox_writes.deliver(transaction, arrivals.facts(transaction, chunk.message_id), recipients)
        _COUNT.queue(transaction, message=chunk.message_id, more=len(recipients))
    publish_hints(recipients)
    return True


def report_step() -> bool:
    """Report how many notifications of accepted messages are due and not written yet."""
    metrics.fanout_waiting.set(database.due(_WAITING)[0][0])
    return False


def progress(public_id: str, sender: str | None) -> Progress:
    """The progress of a message.

    Raises `NotFound` unless `sender` sent it; None is for a message of any sender.
    """
    with database.read() as connection:
        message = reports.one(connection, public_id, sender)
        return Progress(public_id, message.recipients, message.delivered, message.created_at, message.withdrawn_at)
