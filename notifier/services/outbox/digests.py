"""Digests: several notifications in one delivery, at the user's time.

A digest is made with the first notification for it. Its time is moved by compare-and-set in the transaction that inserts its one
delivery; the content is read when that is sent (`digest_content`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from notifier import database
from notifier.database.upsert import insert
from notifier.models import Attention, Delivery, Digest, User
from notifier.models.delivery import State
from notifier.services.outbox import targets
from notifier.services.outbox.targets import Target
from notifier.services.preferences import attention
from notifier.services.preferences.digest_clock import clocks, next_of

BATCH_SIZE = 100
"""Digests planned in one transaction."""
_MOMENT = timedelta(microseconds=1)


def note(transaction: Connection, user_id: int, frequency: str, body_seq: int, now: datetime) -> None:
    """There is news for a user's digest: if it has no time yet, it gets one."""
    clock = transaction.execute(clocks().where(User.id == user_id)).one()
    values = {"next_at": next_of(clock, frequency, now), "last_at": None, "last_seq": body_seq - 1}
    added = insert(transaction, Digest).values(user_id=user_id, frequency=frequency, **values)
    timed = {"next_at": added.excluded.next_at}
    transaction.execute(added.on_conflict_do_update(index_elements=["user_id", "frequency"], set_=timed, where=Digest.next_at.is_(None)))


def sent(transaction: Connection, digest_id: int, seq: int) -> None:
    """Note that a digest was sent with everything up to `seq`."""
    values = {"last_at": database.clock(transaction), "last_seq": seq}
    transaction.execute(update(Digest).where(Digest.id == digest_id, Digest.last_seq < seq).values(**values))


def step() -> bool:
    """Plan some digests that are due. False when there are none left."""
    with database.read() as connection:
        now = database.clock(connection)
        due = clocks().add_columns(Digest.id, Digest.next_at, Digest.frequency).join(Digest, Digest.user_id == User.id)
        rows = connection.execute(due.where(Digest.next_at <= now).order_by(Digest.next_at).limit(BATCH_SIZE)).all()
    if rows:
        _plan(rows, now)
    return len(rows) == BATCH_SIZE


@database.retry_on_conflict
def _plan(rows: Sequence[Any], now: datetime) -> None:
    with database.write() as transaction:
        found = targets.of_users(transaction, targets.EMAIL, {row.user_id for row in rows})
        # In the order of ids: unordered, two processes would deadlock.
        for row in sorted(rows, key=lambda row: int(row.id)):
            if _claim(transaction, row, now):
                _insert(transaction, row, found.get(row.user_id, []), now)


def _claim(transaction: Connection, row: Any, now: datetime) -> bool:
    """Take the digest's time away.

    False if another process did, or if the user's clock was changed and it is due later.
    """
    wanted = next_of(row, row.frequency, row.next_at - _MOMENT)
    later = wanted if wanted > now else None
    own = update(Digest).where(Digest.id == row.id, Digest.next_at == row.next_at).values(next_at=later)
    return bool(transaction.execute(own).rowcount) and later is None


def _insert(transaction: Connection, row: Any, found: Sequence[Target], now: datetime) -> None:
    until = _silent_until(transaction, row.user_id, now) or now
    what = {"kind": "digest", "channel": targets.EMAIL, "user_id": row.user_id, "digest_id": row.id}
    when = {"state": State.WAITING, "attempts": 0, "due_at": until, "not_before": until, "created_at": now}
    values = [what | when | {"target": one.target} for one in found if one.problem is None]
    if values:
        transaction.execute(insert(transaction, Delivery), values)


def _silent_until(transaction: Connection, user_id: int, now: datetime) -> datetime | None:
    """The end of the quiet hours or of the pause that the user is in."""
    silence = attention.of_users(transaction, Attention.user_id == user_id, now).get(user_id)
    if silence is None:
        return None
    ends = [silence.paused_until] if silence.paused_until and silence.paused_until > now else []
    if silence.quiet_from and silence.quiet_until and silence.quiet_from <= now < silence.quiet_until:
        ends.append(silence.quiet_until)
    return max(ends, default=None)
