"""Call webhooks: claim a call that is due, make one attempt, settle it.

A claim moves the time of the next attempt behind its lease, so a process that dies leaves nothing to clean up. Retries are those of the
other deliveries.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Connection, delete, insert, literal_column, select, update

from notifier import database, metrics
from notifier.channels import egress, webhook
from notifier.channels.ports import Outcome, Result
from notifier.models import Webhook, WebhookAttempt, WebhookCall
from notifier.services.hints import publish_hints
from notifier.services.loading import load_once
from notifier.services.outbox import attempts, failing, retries
from notifier.services.outbox.resting import Resting
from notifier.services.webhooks import recording
from notifier.services.webhooks.webhooks import MAX_ATTEMPTS_SHOWN

CHANNEL = "webhook"
CALL_LEASE = timedelta(seconds=90)
# A literal, not a bound parameter: otherwise SQLite does not see that its partial index matches.
_IS_WAITING: ColumnElement[bool] = WebhookCall.state == literal_column("'waiting'")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that this process may make. `attempts` proves it when it is settled."""

    id: int
    public_id: str
    webhook_id: int
    url: str
    signed_by: Sequence[str]
    body: str
    attempts: int


def is_due() -> bool:
    """Whether a call waits to be made now. Without webhooks no statement."""
    if not recording.exist():
        return False
    with database.read() as connection:
        due = select(WebhookCall.id).join(Webhook, Webhook.id == WebhookCall.webhook_id).where(Webhook.disabled_at.is_(None))
        due = due.where(_IS_WAITING, WebhookCall.not_before <= database.clock(connection))
        return connection.scalar(due.limit(1)) is not None


def send_next(resting: Resting[int]) -> bool:
    """Make one call that is due. False when there is none."""
    claimed = _claim(resting.now())
    if claimed is None:
        return False
    outcome = _attempt(claimed)
    if outcome.result is Result.LATER:
        resting.add(claimed.webhook_id)
    _settle(claimed, outcome)
    return True


def _attempt(claimed: Claimed) -> Outcome:
    private, body = current_app.config["ALLOW_PRIVATE_TARGETS"], claimed.body.encode()
    made_at = int(time.time())

    def make() -> Outcome:
        load_once(CHANNEL, egress.load)
        return webhook.call(claimed.url, claimed.signed_by, claimed.public_id, made_at, body, private=private)

    return attempts.attempt(CHANNEL, make)


@database.retry_on_conflict
def _claim(resting: Sequence[int]) -> Claimed | None:
    call = (WebhookCall.id, WebhookCall.public_id, WebhookCall.webhook_id, WebhookCall.body, WebhookCall.attempts)
    hook = (Webhook.url, Webhook.secret, Webhook.old_secret, Webhook.old_until)
    with database.write() as transaction:
        now = database.clock(transaction)
        due = select(*call, *hook).join(Webhook, Webhook.id == WebhookCall.webhook_id)
        due = due.where(_IS_WAITING, WebhookCall.not_before <= now, Webhook.disabled_at.is_(None), WebhookCall.webhook_id.not_in(resting))
        due = due.order_by(WebhookCall.not_before, WebhookCall.id).limit(1).with_for_update(skip_locked=True, of=WebhookCall)
        row = transaction.execute(due).one_or_none()
        if row is None:
            return None
        taken = {"attempts": row.attempts + 1, "not_before": now + CALL_LEASE}
        transaction.execute(update(WebhookCall).where(WebhookCall.id == row.id).values(**taken))
    old = [row.old_secret] if row.old_secret and row.old_until > now else []
    return Claimed(row.id, row.public_id, row.webhook_id, row.url, [row.secret, *old], row.body, row.attempts + 1)


@database.retry_on_conflict
def _settle(claimed: Claimed, outcome: Outcome) -> None:
    """Note the outcome of an attempt.

    A failure is not noted if the claim has lapsed and another process has the call.
    """
    accepted, warned = outcome.result is Result.ACCEPTED, list[int]()
    own = (WebhookCall.id == claimed.id) & _IS_WAITING
    if not accepted:
        own = own & (WebhookCall.attempts == claimed.attempts)
    with database.write() as transaction:
        now = database.clock(transaction)
        values = _values(claimed, outcome, now)
        if not transaction.execute(update(WebhookCall).where(own).values(**values)).rowcount:
            return
        _note(transaction, claimed, outcome, now)
        which = Webhook.id == claimed.webhook_id
        if accepted:
            failing.succeeded(transaction, Webhook, which)
        else:
            warned = failing.failed(transaction, Webhook, which, outcome, now)
    publish_hints(warned)
    metrics.deliveries.labels(CHANNEL, values.get("state", outcome.result.value)).inc()


def _values(claimed: Claimed, outcome: Outcome, now: datetime) -> dict[str, Any]:
    if outcome.result is Result.ACCEPTED:
        return {"state": "sent", "settled_at": now}
    wait = retries.wait(claimed.attempts, outcome) if outcome.result is Result.LATER else None
    return {"state": "given_up", "settled_at": now} if wait is None else {"not_before": now + wait}


def _note(transaction: Connection, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    values = {"webhook_id": claimed.webhook_id, "call_id": claimed.id, "at": now}
    values |= {"accepted": outcome.result is Result.ACCEPTED, "answer": outcome.answer}
    transaction.execute(insert(WebhookAttempt).values(**values))
    own = WebhookAttempt.webhook_id == claimed.webhook_id
    newest = select(WebhookAttempt.id).where(own).order_by(WebhookAttempt.id.desc()).offset(MAX_ATTEMPTS_SHOWN).limit(1)
    oldest = transaction.scalar(newest)
    if oldest is not None:
        transaction.execute(delete(WebhookAttempt).where(own, WebhookAttempt.id <= oldest))
