"""The times of users' digests, which depend on their zone, time and weekday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Select, select, update

from notifier import database
from notifier.models import Attention, Digest, User
from notifier.services.preferences.attention import zone_of
from notifier.services.preferences.digest_times import next_time

USUAL_TIME, USUAL_DAY = "08:00", 0


def clocks() -> Select[Any]:
    """Users, with what the times of their digests depend on."""
    columns: Sequence[Any] = (User.id.label("user_id"), User.time_zone, User.browser_zone, Attention.digest_time, Attention.digest_day)
    return select(*columns).outerjoin(Attention, Attention.user_id == User.id)


def next_of(clock: Any, frequency: str, after: datetime) -> datetime:
    """The first time of a digest after `after`. `clock`: a row of `clocks`."""
    at = time.fromisoformat(clock.digest_time or USUAL_TIME)
    weekday = USUAL_DAY if clock.digest_day is None else clock.digest_day
    return next_time(frequency, zone_of(clock.time_zone, clock.browser_zone), at, weekday, after)


def reschedule(transaction: Connection, user_id: int) -> None:
    """Compute the times of a user's digests again, after a change of zone, time or weekday."""
    waiting = select(Digest.id, Digest.frequency).where(Digest.user_id == user_id, Digest.next_at.is_not(None))
    rows = transaction.execute(waiting).all()
    if not rows:
        return
    now = database.clock(transaction)
    clock = transaction.execute(clocks().where(User.id == user_id)).one()
    for row in rows:
        transaction.execute(update(Digest).where(Digest.id == row.id).values(next_at=next_of(clock, row.frequency, now)))
