"""Settle: note how an attempt ended. Also insert deliveries that bring no notification.

Retries come after 1, 5 and 15 minutes, 1, 3, 6 and 12 hours, give or take a fifth; then the delivery is given up. Trouble with the
connection costs no attempt.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, update

from notifier import database, metrics
from notifier.channels.ports import Kind, Outcome, Result
from notifier.models import Delivery
from notifier.models.delivery import State
from notifier.services import audit
from notifier.services.accounts.users import Account
from notifier.services.hints import wake_scheduler
from notifier.services.messages.decision import Reason
from notifier.services.outbox import digests, targets
from notifier.services.outbox.claims import Claimed
from notifier.services.push import devices
from notifier.services.webhooks import given_up

RETRY_MINUTES = (1, 5, 15, 60, 180, 360, 720)
_RETRY_JITTER = 0.2


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
    accepted = outcome.result is Result.ACCEPTED
    states = (State.SENDING, State.WAITING) if accepted else (State.SENDING,)
    own = (Delivery.id == claimed.id) & Delivery.state.in_(states) & (Delivery.attempts == claimed.attempts)
    with database.write() as transaction:
        values = _values(claimed, outcome, database.clock(transaction))
        if not transaction.execute(update(Delivery).where(own).values(**values, lease_until=None, answer=outcome.answer)).rowcount:
            return
        if accepted:
            targets.accepted(transaction, claimed.channel, claimed.user_id, claimed.target)
        if accepted and claimed.digest_id is not None and seq is not None:
            digests.sent(transaction, claimed.digest_id, seq)
        if values["state"] == State.GIVEN_UP:
            given_up.record(transaction, claimed.id)
        if outcome.result is Result.REFUSED and outcome.bad_target:
            targets.refused(transaction, claimed.channel, claimed.user_id, claimed.target, outcome)
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


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts. None: no more."""
    if attempts > len(RETRY_MINUTES):
        return None
    return timedelta(minutes=RETRY_MINUTES[attempts - 1]) * random.uniform(1 - _RETRY_JITTER, 1 + _RETRY_JITTER)


def _values(claimed: Claimed, outcome: Outcome, now: datetime) -> dict[str, Any]:
    if outcome.result is Result.ACCEPTED:
        return {"state": State.SENT, "reason": None, "settled_at": now}
    if outcome.result is Result.UNREACHABLE:
        return {"state": State.WAITING, "attempts": claimed.attempts - 1}
    if outcome.gone:
        return {"state": State.SKIPPED, "reason": Reason.NO_DEVICE, "settled_at": now}
    wait = _wait(claimed.attempts, outcome) if outcome.result is Result.LATER else None
    if wait is None:
        return {"state": State.GIVEN_UP, "reason": Reason.GIVEN_UP, "settled_at": now}
    return {"state": State.WAITING, "not_before": now + wait}


def _wait(attempts: int, outcome: Outcome) -> timedelta | None:
    """How long to wait for the next attempt: as long as the service asked. None: no more."""
    wait = retry_after(attempts)
    return wait if wait is None or outcome.retry_after is None else outcome.retry_after


def _counted(state: str, outcome: Outcome) -> str:
    """The outcome as the metric names it: the final state, or why the delivery waits."""
    return outcome.result if state == State.WAITING else state
