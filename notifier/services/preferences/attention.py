"""Whether users want to be left alone: the windows of quiet hours, rolled on, and pauses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from notifier import database
from notifier.models import Attention, User
from notifier.services.accounts import page_settings
from notifier.services.preferences.quiet_hours import QuietHours, window

BATCH_SIZE = 500
"""Users whose windows are rolled on, or pauses ended, in one transaction."""


class Silence(NamedTuple):
    """A user's current or next window of quiet hours, and the end of their pause."""

    quiet_from: datetime | None = None
    quiet_until: datetime | None = None
    paused_until: datetime | None = None


def may_be_silent(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether a user may want to be left alone at `now`.

    Also where the stored window is over and was not rolled on yet.
    """
    return or_(Attention.paused_until > now, Attention.quiet_from <= now)


def is_silent(now: datetime) -> ColumnElement[bool]:
    """Whether a user wants to be left alone at `now`, by the stored window."""
    return or_(Attention.paused_until > now, (Attention.quiet_from <= now) & (Attention.quiet_until > now))


def of_users(connection: Connection, users: ColumnElement[bool], now: datetime) -> dict[int, Silence]:
    """The silence of those users, by a condition on `Attention`, who may want to be left alone."""
    return {row.user_id: silence(row, now) for row in connection.execute(rows().where(users, may_be_silent(now)))}


def silence(row: Any, now: datetime) -> Silence:
    """The silence of a user. `row`: one of `rows`."""
    return Silence(*_window(row, now), row.paused_until)


def window_of(user_id: int) -> tuple[datetime, datetime] | None:
    """The current or next window of a user's quiet hours; None without any."""
    with database.read() as connection:
        row = connection.execute(rows().where(Attention.user_id == user_id)).one_or_none()
        begins, ends = (None, None) if row is None else _window(row, database.clock(connection))
    return None if begins is None or ends is None else (begins, ends)


def over(ends: InstrumentedAttribute[datetime | None]) -> database.Prepared:
    """Read some users for whom the time in a column has come."""
    return database.Prepared(select(Attention.user_id).where(ends <= bindparam("now")).order_by(ends).limit(BATCH_SIZE))


_OVER = over(Attention.quiet_until)


def roll_step() -> bool:
    """Roll some windows of quiet hours on that are over. False when there are none."""
    return step(_OVER, _roll)


def step(over: database.Prepared, work: Callable[[Sequence[int]], None]) -> bool:
    """Do `work` for some users, as `over` reads them. False when there are no more."""
    users = [row.user_id for row in database.due(over)]
    if users:
        work(users)
    return len(users) == BATCH_SIZE


def roll_in(transaction: Connection, user_id: int) -> None:
    """Compute the window of one user again, after a change of hours or zone."""
    _write_windows(transaction, [Attention.user_id == user_id], database.clock(transaction))


def zone_of(*names: str) -> ZoneInfo:
    """The zone of the first name that is not empty; UTC if this machine does not know it.

    Not cached by name: a browser may name any number of zones that there are not.
    """
    name = next(filter(None, names), "UTC")
    return ZoneInfo(name if name in page_settings.zones() else "UTC")


@database.retry_on_conflict
def _roll(users: Sequence[int]) -> None:
    with database.write() as transaction:
        now = database.clock(transaction)
        _write_windows(transaction, [Attention.user_id.in_(users), Attention.quiet_until <= now], now)


def _write_windows(transaction: Connection, matching: list[ColumnElement[bool]], now: datetime) -> None:
    for row in transaction.execute(rows().where(*matching).order_by(Attention.user_id).with_for_update(of=Attention)).all():
        begins, ends = _next(row, now)
        transaction.execute(update(Attention).where(Attention.user_id == row.user_id).values(quiet_from=begins, quiet_until=ends))


def rows() -> Any:
    """The query for what users have set, without conditions."""
    own = (Attention.user_id, Attention.quiet_start, Attention.quiet_end, Attention.quiet_days)
    windows = (Attention.quiet_from, Attention.quiet_until, Attention.paused_until)
    return select(*own, *windows, User.time_zone, User.browser_zone).join(User, User.id == Attention.user_id)


def _window(row: Any, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The stored window, or the next where that is over: the scheduler may be a second behind."""
    over = row.quiet_until is not None and row.quiet_until <= now
    return _next(row, now) if over else (row.quiet_from, row.quiet_until)


def _next(row: Any, now: datetime) -> tuple[datetime | None, datetime | None]:
    if row.quiet_start is None or row.quiet_end is None:
        return None, None
    hours = QuietHours(time.fromisoformat(row.quiet_start), time.fromisoformat(row.quiet_end), frozenset(row.quiet_days))
    return window(hours, zone_of(row.time_zone, row.browser_zone), now) or (None, None)
