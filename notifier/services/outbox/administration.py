"""The outbox as admins see it: counts, lists, retry and drop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal_column, select, update

from notifier import database, metrics
from notifier.errors import NotFound
from notifier.models import Category, Delivery, Digest, Message, User
from notifier.models.delivery import State
from notifier.services import audit, configured_channels
from notifier.services.hints import wake_scheduler
from notifier.services.messages.decision import Reason
from notifier.services.outbox.claims import IS_SENDING, IS_WAITING
from notifier.services.pagination import read_page

IS_GIVEN_UP: ColumnElement[bool] = Delivery.state == literal_column("'given_up'")
_BATCH_SIZE = 500
_FILTERS = {"waiting": IS_WAITING | IS_SENDING, "given_up": IS_GIVEN_UP}


@dataclass(frozen=True, slots=True)
class Counts:
    """Deliveries that wait or are being sent, were sent since midnight, and were given up."""

    waiting: int
    sent: int
    given_up: int


def counts(since: datetime) -> Counts:
    """Count the outbox. `since`: the midnight before now."""
    count = select(func.count()).select_from(Delivery)
    sent = count.where(Delivery.settled_at >= since, Delivery.state == State.SENT)
    with database.read() as connection:
        found = (connection.scalar(query) or 0 for query in (count.where(IS_WAITING | IS_SENDING), sent, count.where(IS_GIVEN_UP)))
        return Counts(*found)


def listing(which: str = "", *, limit: int, before: int | None = None) -> tuple[Sequence[Row[Any]], int | None]:
    """Deliveries that wait or were given up, newest first, and the cursor of the next page.

    `which`: only these.
    """
    own = (Delivery.id, Delivery.public_id, Delivery.kind, Delivery.channel, Delivery.target, Delivery.state, Delivery.reason)
    rest = (Delivery.not_before, Delivery.due_at, Delivery.attempts, Delivery.answer, Delivery.settled_at)
    about = (User.name.label("user"), Message.title, Message.public_id.label("message"), Category.label, Digest.frequency)
    found = select(*own, *rest, *about).outerjoin(User, User.id == Delivery.user_id).outerjoin(Message, Message.id == Delivery.message_id)
    found = found.outerjoin(Category, Category.id == Message.category_id).outerjoin(Digest, Digest.id == Delivery.digest_id)
    found = found.where(_FILTERS.get(which, IS_WAITING | IS_SENDING | IS_GIVEN_UP)).order_by(Delivery.id.desc())
    if before is not None:
        found = found.where(Delivery.id < before)
    with database.read() as connection:
        return read_page(connection, found, limit, "id")


def retry(public_id: str) -> None:
    """Try a delivery again now that waits or was given up. Raises `NotFound` for any other."""
    _change(public_id, {"state": State.WAITING, "reason": None, "settled_at": None, "attempts": 0}, "outbox.retried")
    wake_scheduler()


def drop(public_id: str) -> None:
    """Never send a delivery that waits or was given up. Raises `NotFound` for any other."""
    _change(public_id, {"state": State.SKIPPED, "reason": Reason.GIVEN_UP}, "outbox.dropped")


def retry_all() -> int:
    """Try all that were given up again. Returns their number."""
    total = 0
    while changed := _retry_some():
        total += changed
    if total:
        audit.note_alone("outbox.retried", "", f"{total} in all")
    wake_scheduler()
    return total


def observe_step() -> bool:
    """Set the gauges of each channel: how many wait, and how long the oldest has been due."""
    with database.read() as connection:
        now = database.clock(connection)
        for name in configured_channels.by_name():
            waiting, oldest = _waiting(connection, name, now)
            metrics.outbox_waiting.labels(name).set(waiting)
            metrics.outbox_age.labels(name).set(max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
    return False


def _waiting(connection: Connection, channel: str, now: datetime) -> tuple[int, datetime | None]:
    of_channel = (Delivery.channel == channel) & IS_WAITING
    count = connection.scalar(select(func.count()).select_from(Delivery).where(of_channel)) or 0
    return count, connection.scalar(select(func.min(Delivery.due_at)).where(of_channel, Delivery.due_at <= now)) if count else None


@database.retry_on_conflict
def _change(public_id: str, values: dict[str, Any], action: str) -> None:
    with database.write() as transaction:
        now = database.clock(transaction)
        times = {"not_before": now, "due_at": now} if values["state"] == State.WAITING else {"settled_at": now}
        own = (Delivery.public_id == public_id) & (IS_WAITING | IS_GIVEN_UP)
        if not transaction.execute(update(Delivery).where(own).values(**values | times)).rowcount:
            raise NotFound("There is no such delivery that waits or was given up. Reload the page.")
        audit.note(transaction, action, public_id)


@database.retry_on_conflict
def _retry_some() -> int:
    with database.write() as transaction:
        now = database.clock(transaction)
        ids = list(transaction.scalars(select(Delivery.id).where(IS_GIVEN_UP).order_by(Delivery.id).limit(_BATCH_SIZE)))
        again = {"state": State.WAITING, "reason": None, "settled_at": None, "attempts": 0, "not_before": now, "due_at": now}
        if ids:
            transaction.execute(update(Delivery).where(Delivery.id.in_(ids), IS_GIVEN_UP).values(**again))
    return len(ids)
