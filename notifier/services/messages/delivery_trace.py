"""The way of one message to one of its recipients: "why did I not get this?"."""

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
    """`seq`: the operation that brought it, None where it was not written to them. `coming`: it still may be.

    `streams`: theirs that were open and carried it; `caught_up`: those that came afterwards and were given it, the first of them at
    `first_caught_up_at`.
    """

    user: str
    disabled: bool
    seq: int | None
    coming: bool
    status: str | None
    streams: int
    caught_up: int
    first_caught_up_at: datetime | None
    seen_at: datetime | None
    read_at: datetime | None
    clicked_at: datetime | None


def of(message: Any, name: str) -> Trace:
    """`message`: a row of `sent.get`. Raises `NotFound` for nobody's name."""
    user, row = reports.recipient(message.id, name)
    if row is None:
        return Trace(user.name, user.disabled_at is not None, None, _coming(message.id, user.id), None, 0, 0, None, None, None, None)
    streams, caught_up, first = _streams(user.id, row.position, message.created_at)
    receipts = (row.seen_at, row.read_at, row.clicked_at)
    return Trace(user.name, user.disabled_at is not None, row.position, False, row.status, streams, caught_up, first, *receipts)


def _streams(user_id: int, seq: int, said_at: datetime) -> tuple[int, int, datetime | None]:
    """How many streams carried the change `seq` live, how many others replayed it, and when the first of these was opened.

    By cursors, not by clocks: it was carried by whoever began before it and came as far. Those opened after it was said caught up.
    """
    reached = (StreamVisit.to_seq >= seq) | (StreamVisit.closed_at.is_(None) & Process.ended_at.is_(None))
    carried = (
        (StreamVisit.user_id == user_id)
        & (StreamVisit.key == user_topic(user_id))
        & (StreamVisit.from_seq >= 0)
        & (StreamVisit.from_seq < seq)
        & reached
    )
    live = func.count(case((StreamVisit.opened_at <= said_at, 1)))
    later = func.count(case((StreamVisit.opened_at > said_at, 1)))
    first = func.min(case((StreamVisit.opened_at > said_at, StreamVisit.opened_at)))
    found = select(live, later, first).join(Process, Process.id == StreamVisit.process_id).where(carried)
    with database.read() as connection:
        row = connection.execute(found).one()
    return int(row[0]), int(row[1]), row[2]


def _coming(message_id: int, user_id: int) -> bool:
    with database.read() as connection:
        chunks = connection.scalars(select(AudienceChunk.user_ids).where(AudienceChunk.message_id == message_id))
        return any(user_id in chunk for chunk in chunks)
