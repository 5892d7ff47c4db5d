"""Settle: note how an attempt ended. Also insert deliveries that bring no notification.

What failed is tried again as `retries` has it. Trouble with the connection costs no attempt.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from notifier import database, metrics
from notifier.channels.ports import Kind, Outcome, Result
from notifier.models import Delivery
from notifier.models.delivery import State
from notifier.services import audit
from notifier.services.accounts.users import Account
from notifier.services.hints import publish_hints, wake_scheduler
from notifier.services.messages.decision import Reason
from notifier.services.outbox import digests, retries, targets
from notifier.services.outbox.claimed import Claimed
from notifier.services.push import devices
from notifier.services.webhooks import given_up


def add(transaction: Connection, kind: Kind, channel: str, user_id: int, target: str) -> str:
    """Insert a delivery about the channel itself, due now. Returns its public id."""
    now = database.clock(transaction)
    values = {"kind": kind, "channel": channel, "user_id": user_id, "target": target}
    row = insert(Delivery).values(**values, due_at=now, not_before=now, created_at=now)
    return str(transaction.scalar(row.returning(Delivery.public_id)))


def send_test_push(user_id: int, device: str) -> None:
    """Queue a test push to a device of the user. Raises `NotFound` for any other."""
    with database.write() as transaction:
        if devices.get(transaction, user_id, device) is None:
            raise devices.unknown()
        add(transaction, Kind.TEST, targets.PUSH, user_id, device)
    wake_scheduler()


def send_test(account: Account, target: str) -> None:
    """Queue a test mail to an address that an admin gives."""
    with database.write() as transaction:
        add(transaction, Kind.TEST, targets.EMAIL, account.id, target)
        audit.note(transaction, "outbox.test", target)


@database.retry_on_conflict
def settle(claimed: Claimed, outcome: Outcome, seq: int | None = None) -> None:
    """Note the outcome of an attempt.

    Not if the claim has lapsed and another process has the delivery.
    `seq`: that of a digest's content. What the service has accepted is also noted while it waits for another attempt.
    """
    accepted, warned = outcome.result is Result.ACCEPTED, list[int]()
    states = (State.SENDING, State.WAITING) if accepted else (State.SENDING,)
    own = (Delivery.id == claimed.id) & Delivery.state.in_(states) & (Delivery.attempts == claimed.attempts)
    with database.write() as transaction:
        now = database.clock(transaction)
        values = _values(claimed, outcome, now)
        if not transaction.execute(update(Delivery).where(own).values(**values, lease_until=None, answer=outcome.answer)).rowcount:
            return
        if accepted:
            targets.accepted(transaction, claimed, now)
        else:
            warned = targets.failed(transaction, claimed, outcome, now)
        if accepted and claimed.digest_id is not None and seq is not None:
            digests.sent(transaction, claimed.digest_id, seq)
        if values["state"] == State.GIVEN_UP:
            given_up.record(transaction, claimed.id)
    publish_hints(warned)
    metrics.deliveries.labels(claimed.channel, _counted(values["state"], outcome)).inc()


@database.retry_on_conflict
def skip(claimed: Claimed, reason: Reason) -> None:
    """Note that there was nothing left to send."""
    own = (Delivery.id == claimed.id) & (Delivery.state == State.SENDING) & (Delivery.attempts == claimed.attempts)
    with database.write() as transaction:
        now = database.clock(transaction)
        values = {"state": State.SKIPPED, "reason": reason, "settled_at": now, "lease_until": None, "attempts": claimed.attempts - 1}
        transaction.execute(update(Delivery).where(own).values(**values))
    metrics.deliveries.labels(claimed.channel, State.SKIPPED).inc()


def _values(claimed: Claimed, outcome: Outcome, now: datetime) -> dict[str, Any]:
    if outcome.result is Result.ACCEPTED:
        return {"state": State.SENT, "reason": None, "settled_at": now}
    if outcome.result is Result.UNREACHABLE:
        return {"state": State.WAITING, "attempts": claimed.attempts - 1}
    if outcome.gone:
        return {"state": State.SKIPPED, "reason": Reason.NO_DEVICE, "settled_at": now}
    wait = retries.wait(claimed.attempts, outcome) if outcome.result is Result.LATER else None
    if wait is None:
        return {"state": State.GIVEN_UP, "reason": Reason.GIVEN_UP, "settled_at": now}
    return {"state": State.WAITING, "not_before": now + wait}


def _counted(state: str, outcome: Outcome) -> str:
    """The outcome as the metric names it: the final state, or why the delivery waits."""
    return outcome.result if state == State.WAITING else state
