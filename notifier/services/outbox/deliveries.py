"""Settle: note how an attempt ended. Also insert deliveries that bring no notification.

What failed is tried again as `retries` has it. Trouble with the connection costs no attempt.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, bindparam, func, insert, update

from notifier import database, metrics
from notifier.channels.ports import Kind, Outcome, Result
from notifier.models import Delivery
from notifier.models.columns import UtcDateTime
from notifier.models.delivery import State
from notifier.services import audit
from notifier.services.accounts.users import Account
from notifier.services.hints import publish_hints, wake_scheduler
from notifier.services.messages.decision import Reason
from notifier.services.outbox import digests, retries, targets
from notifier.services.outbox.claimed import Claimed
from notifier.services.push import devices
from notifier.services.webhooks import given_up

_NONE = dict.fromkeys(("reason", "settled_at", "again_at", "answer"))
# Built once: it runs at every delivery.
_SETTLE = database.Prepared(
    update(Delivery)
    .where(Delivery.id == bindparam("delivery"), Delivery.attempts == bindparam("claim"))
    .where((Delivery.state == State.SENDING) | (Delivery.state == State.WAITING) & bindparam("accepted", type_=Boolean))
    .values({name: bindparam(name) for name in ("state", "reason", "settled_at", "attempts")} | {"lease_until": None})
    .values(answer=func.coalesce(bindparam("answer"), Delivery.answer))
    .values(not_before=func.coalesce(bindparam("again_at", type_=UtcDateTime()), Delivery.not_before))
)


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
    with database.write() as transaction:
        now = database.clock(transaction)
        values = _values(claimed, outcome, now)
        if not _settle(transaction, claimed, accepted=accepted, answer=outcome.answer, **values):
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
    values: dict[str, Any] = {"state": State.SKIPPED, "reason": reason, "attempts": claimed.attempts - 1}
    with database.write() as transaction:
        _settle(transaction, claimed, settled_at=database.clock(transaction), **values)
    metrics.deliveries.labels(claimed.channel, State.SKIPPED).inc()


def _settle(transaction: Connection, claimed: Claimed, *, accepted: bool = False, **values: Any) -> bool:
    """Write the new `values` of a delivery. False if the claim has lapsed."""
    own = {"delivery": claimed.id, "claim": claimed.attempts, "accepted": accepted}
    return _SETTLE.execute(transaction, **own, **(_NONE | {"attempts": claimed.attempts} | values)) > 0


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
    return {"state": State.WAITING, "again_at": now + wait}


def _counted(state: str, outcome: Outcome) -> str:
    """The outcome as the metric names it: the final state, or why the delivery waits."""
    return outcome.result if state == State.WAITING else state
