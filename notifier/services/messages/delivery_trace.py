"""Delivery trace of one message to one recipient, to answer "why did I not get this?"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from notifier import database
from notifier.models import AudienceChunk, Process, StreamVisit
from notifier.realtime.topic_names import user_topic
from notifier.services.messages import reports


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of a message's delivery to one user.

    `seq`: the change number it got in the inbox, None if it was not written there; `pending`: it still will be.
    `streams`: the number of streams that were open then and delivered it live; `caught_up`: the number that were opened later and
    replayed it, the first of them at `first_caught_up_at`.
    """

    user: str
    disabled: bool
    seq: int | None
    pending: bool
    status: str | None
    streams: int
    caught_up: int
    first_caught_up_at: datetime | None
    seen_at: datetime | None
    read_at: datetime | None
    clicked_at: datetime | None


def of(message: Any, name: str) -> Trace:
    """Trace a message (a row of `reports.get`) to the user `name`.

    Raises `NotFound` if there is no such user.
    """
    user, row = reports.recipient(message.id, name)
    if row is None:
        return Trace(user.name, user.disabled_at is not None, None, _is_pending(message.id, user.id), None, 0, 0, None, None, None, None)
    streams, caught_up, first = _streams(user.id, row.position, message.created_at)
    receipts = (row.seen_at, row.read_at, row.clicked_at)
    return Trace(user.name, user.disabled_at is not None, row.position, False, row.status, streams, caught_up, first, *receipts)


def _streams(user_id: int, seq: int, sent_at: datetime) -> tuple[int, int, datetime | None]:
    """Count the streams that delivered the change `seq` live, and those that replayed it.

    Also return when the first of the latter was opened.
    Decided by cursors, not by clocks: a stream delivered the change if it started before it and reached it. Streams that were opened
    after the message was sent replayed it.
    """
    reached = (StreamVisit.to_seq >= seq) | (StreamVisit.closed_at.is_(None) & Process.ended_at.is_(None))
    delivered = (
        (StreamVisit.user_id == user_id)
        & (StreamVisit.key == user_topic(user_id))
        & (StreamVisit.from_seq >= 0)
        & (StreamVisit.from_seq < seq)
        & reached
    )
    live = func.count(case((StreamVisit.opened_at <= sent_at, 1)))
    later = func.count(case((StreamVisit.opened_at > sent_at, 1)))
    first = func.min(case((StreamVisit.opened_at > sent_at, StreamVisit.opened_at)))
    found = select(live, later, first).join(Process, Process.id == StreamVisit.process_id).where(delivered)
    with database.read() as connection:
        row = connection.execute(found).one()
    return int(row[0]), int(row[1]), row[2]


def _is_pending(message_id: int, user_id: int) -> bool:
    with database.read() as connection:
        chunks = connection.scalars(select(AudienceChunk.user_ids).where(AudienceChunk.message_id == message_id))
        return any(user_id in chunk for chunk in chunks)
