"""Claim: take deliveries that are due, after a last check whether they are still wanted.

The claim is committed before the first byte is sent. It holds for 90 seconds and an attempt is cut off after 60, so no two processes
send the same delivery at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Connection, bindparam, literal_column, select, update

from notifier import database, metrics
from notifier.channels.ports import Kind
from notifier.database.json_sql import in_text_parameter, json_array
from notifier.models import Address, Delivery, Message, Notification, User
from notifier.models.columns import UtcDateTime
from notifier.models.delivery import State
from notifier.models.notification import Status
from notifier.services.destinations import posting
from notifier.services.messages import arrivals
from notifier.services.messages.decision import Reason
from notifier.services.outbox import targets
from notifier.services.outbox.claimed import Claimed
from notifier.services.outbox.retries import RETRY_MINUTES
from notifier.services.outbox.unread import is_unread
from notifier.services.webhooks import given_up

CLAIM_LEASE = timedelta(seconds=90)
_MAX_CANDIDATES = 20
# Literals, not bound parameters: otherwise SQLite does not see that its partial indexes match.
IS_WAITING: ColumnElement[bool] = Delivery.state == literal_column("'waiting'")
IS_SENDING: ColumnElement[bool] = Delivery.state == literal_column("'sending'")


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the last check found: a reason to skip it, or a time until which it waits."""

    reason: Reason | None = None
    until: datetime | None = None


_WANTED = _Verdict()
_COLUMNS = (
    Delivery.id,
    Delivery.public_id,
    Delivery.kind,
    Delivery.channel,
    Delivery.user_id,
    Delivery.message_id,
    Delivery.digest_id,
    Delivery.target,
    Delivery.destination_id,
    Delivery.attempts,
    Delivery.due_at,
)

# Built once: these run at every delivery.
_DUE = database.Prepared(
    select(*_COLUMNS)
    .where(Delivery.channel == bindparam("channel"), IS_WAITING, Delivery.not_before <= bindparam("now"))
    .where(~in_text_parameter(Delivery.target, "resting"))
    .order_by(Delivery.not_before, Delivery.id)
    .limit(_MAX_CANDIDATES)
    .with_for_update(skip_locked=True)
)
_TAKE = database.Prepared(
    update(Delivery)
    .where(Delivery.id == bindparam("delivery"), IS_WAITING)
    .values(state=State.SENDING, attempts=Delivery.attempts + 1, lease_until=bindparam("lapses_at", type_=UtcDateTime()), reason=None)
)
_OF_CHANNEL = Delivery.channel == bindparam("channel")
_ONE_DUE = database.Prepared(select(Delivery.id).where(_OF_CHANNEL, IS_WAITING, Delivery.not_before <= bindparam("now")).limit(1))
_LAPSED = database.Prepared(select(Delivery.id).where(IS_SENDING, Delivery.lease_until < bindparam("now")).limit(500))
_DISABLED_AT = database.Prepared(select(User.disabled_at).where(User.id == bindparam("user")))
_NOTIFICATIONS = {
    later: database.Prepared(
        select(Notification.status, Notification.seen_at, is_unread(later=later).label("unread"), Message.withdrawn_at, Message.ends_at)
        .join(Message, Message.id == Notification.message_id)
        .where(Notification.message_id == bindparam("message"), Notification.user_id == bindparam("user"))
    )
    for later in (False, True)
}


def is_due(channel: str) -> bool:
    """Whether a delivery of the channel waits to be sent now."""
    return bool(database.due(_ONE_DUE, channel=channel))


@database.retry_on_conflict
def claim(channel: str, most: int = 1, resting: Sequence[str] = ()) -> tuple[list[Claimed], bool]:
    """Claim up to `most` deliveries that are due, the oldest first.

    None to targets that rest. Also return whether others may be due.
    """
    claimed: list[Claimed] = []
    with database.write() as transaction:
        now = database.clock(transaction)
        rows = _DUE.all(transaction, channel=channel, now=now, resting=json_array(resting))
        for row in rows:
            if len(claimed) == most:
                return claimed, True
            verdict = _last_check(transaction, row, now)
            if verdict == _WANTED:
                claimed.append(_take(transaction, row, now))
            else:
                _put_aside(transaction, row, verdict, now)
    return claimed, len(rows) == _MAX_CANDIDATES


@database.retry_on_conflict
def release_step() -> bool:
    """Let deliveries wait again whose process died or hangs. False when there are none."""
    ids = [row.id for row in database.due(_LAPSED)]
    if not ids:
        return False
    with database.write() as transaction:
        lapsed = IS_SENDING & (Delivery.lease_until < database.clock(transaction)) & Delivery.id.in_(ids)
        transaction.execute(update(Delivery).where(lapsed).values(state=State.WAITING, lease_until=None))
    return True


def _take(transaction: Connection, row: Any, now: datetime) -> Claimed:
    _TAKE.execute(transaction, delivery=row.id, lapses_at=now + CLAIM_LEASE)
    what = (row.id, row.public_id, row.kind, row.channel, row.user_id, row.message_id, row.digest_id, row.target, row.destination_id)
    return Claimed(*what, row.attempts + 1)


def _put_aside(transaction: Connection, row: Any, verdict: _Verdict, now: datetime) -> None:
    own = update(Delivery).where(Delivery.id == row.id, IS_WAITING)
    if verdict.reason is None:
        transaction.execute(own.values(not_before=verdict.until, due_at=verdict.until))
        return
    state = State.GIVEN_UP if verdict.reason in (Reason.TOO_OLD, Reason.GIVEN_UP) else State.SKIPPED
    transaction.execute(own.values(state=state, reason=verdict.reason, settled_at=now))
    if state is State.GIVEN_UP:
        given_up.record(transaction, row.id)
    metrics.deliveries.labels(row.channel, state).inc()


def _last_check(transaction: Connection, row: Any, now: datetime) -> _Verdict:
    if row.due_at < now - timedelta(hours=current_app.config["OUTBOX_RETRY_HOURS"]):
        return _Verdict(Reason.TOO_OLD)
    if row.attempts > len(RETRY_MINUTES):  # so many claims have lapsed: another attempt would end as they did
        return _Verdict(Reason.GIVEN_UP)
    if row.user_id is None:
        return _for_destination(transaction, row, now)
    if _DISABLED_AT.scalar(transaction, user=row.user_id) is not None:
        return _Verdict(Reason.DISABLED)
    if row.kind == Kind.CONFIRM:
        return _still_to_confirm(transaction, row)
    if row.kind == Kind.TEST and row.channel != targets.PUSH:
        return _WANTED
    problem = targets.problem(transaction, row.channel, row.user_id, row.target)
    if problem is not None:
        return _Verdict(problem)
    return _still_wanted(transaction, row, now) if row.kind == Kind.MESSAGE else _WANTED


def _still_to_confirm(transaction: Connection, row: Any) -> _Verdict:
    open_ = select(Address.user_id).where(Address.user_id == row.user_id, Address.email == row.target, Address.confirmed_at.is_(None))
    return _WANTED if transaction.scalar(open_) is not None else _Verdict(Reason.NO_ADDRESS)


def _still_wanted(transaction: Connection, row: Any, now: datetime) -> _Verdict:
    """The notification is still unread, and the user still wants it on this channel."""
    message = arrivals.facts(transaction, row.message_id)
    decided = arrivals.decisions(transaction, message, [row.user_id])[row.user_id]
    chosen: str = getattr(decided, row.channel)
    gone = _gone(transaction, row, now, later=chosen in ("unread", "on"))
    if gone is not None:
        return _Verdict(gone)
    if chosen == "off":
        return _Verdict(decided.reasons.get(row.channel, Reason.CHOICE_OFF))
    return _Verdict(until=decided.not_before)


def _for_destination(transaction: Connection, row: Any, now: datetime) -> _Verdict:
    own = select(Message.withdrawn_at, Message.ends_at).where(Message.id == row.message_id)
    message = transaction.execute(own).one_or_none()  # none of a test
    gone = posting.address(transaction, row.target, row.destination_id) is None
    return _Verdict(Reason.NO_DESTINATION if gone else message and _over(message, now))


def _over(message: Any, now: datetime) -> Reason | None:
    """Why a message is no longer to be sent to anybody, None if it is.

    `message`: with its `withdrawn_at` and `ends_at`.
    """
    if message.withdrawn_at is not None:
        return Reason.WITHDRAWN
    return Reason.EXPIRED if message.ends_at is not None and message.ends_at <= now else None


def _gone(transaction: Connection, row: Any, now: datetime, *, later: bool) -> Reason | None:
    """Why the user's notification is no longer to be sent, None if it is."""
    notification = _NOTIFICATIONS[later].first(transaction, message=row.message_id, user=row.user_id)
    if notification is None:
        return Reason.WITHDRAWN
    if (over := _over(notification, now)) is not None:
        return over
    if notification.unread:
        return Reason.SEEN_MEANWHILE if row.channel == targets.PUSH and notification.seen_at is not None else None
    return Reason.SNOOZED if notification.status == Status.SNOOZED else Reason.READ_MEANWHILE
