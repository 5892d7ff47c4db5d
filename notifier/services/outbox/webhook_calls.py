"""Call webhooks: claim a call that is due, make one attempt, settle it.

A claim moves the time of the next attempt behind its lease, so a process that dies leaves nothing to clean up. Retries are those of the
other deliveries. A webhook that has failed rests for some seconds, so that it does not hold up the others.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import gevent
from flask import current_app
from sqlalchemy import ColumnElement, Connection, delete, insert, literal_column, select, update

from notifier import database, metrics
from notifier.channels import webhook
from notifier.channels.ports import Outcome, Result
from notifier.models import User, Webhook, WebhookAttempt, WebhookCall
from notifier.models.user import Role
from notifier.services import audit
from notifier.services.hints import publish_hints
from notifier.services.messages import send
from notifier.services.messages.content import Action, Content
from notifier.services.outbox.deliveries import retry_after
from notifier.services.webhooks import recording
from notifier.services.webhooks.webhooks import MAX_ATTEMPTS_SHOWN

CHANNEL = "webhook"
CALL_LEASE = timedelta(seconds=90)
TURN_OFF_AFTER = timedelta(days=5)
"""A webhook that has only failed for so long is turned off."""
_ATTEMPT_TIMEOUT_SECONDS = 60.0
_REST_SECONDS = 15.0
_BATCH_SIZE = 500
_WARNING_TYPE = "webhook_off"
# A literal, not a bound parameter: otherwise SQLite does not see that its partial index matches.
_IS_WAITING: ColumnElement[bool] = WebhookCall.state == literal_column("'waiting'")

_log = logging.getLogger("notifier.outbox")


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


class Resting:
    """The webhooks that have just failed, in one process: shared by its senders."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    def now(self) -> list[int]:
        """Those that rest now."""
        at = time.monotonic()
        self._until = {id_: until for id_, until in self._until.items() if until > at}
        return list(self._until)

    def add(self, webhook_id: int) -> None:
        self._until[webhook_id] = time.monotonic() + _REST_SECONDS


def is_due() -> bool:
    """Whether a call waits to be made now. Without webhooks no statement."""
    if not recording.exist():
        return False
    with database.read() as connection:
        due = select(WebhookCall.id).join(Webhook, Webhook.id == WebhookCall.webhook_id).where(Webhook.disabled_at.is_(None))
        due = due.where(_IS_WAITING, WebhookCall.not_before <= database.clock(connection))
        return connection.scalar(due.limit(1)) is not None


def send_next(resting: Resting) -> bool:
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
    limit, private = gevent.Timeout(_ATTEMPT_TIMEOUT_SECONDS), current_app.config["ALLOW_PRIVATE_TARGETS"]
    try:
        with limit:
            return webhook.call(claimed.url, claimed.signed_by, claimed.public_id, int(time.time()), claimed.body.encode(), private=private)
    except gevent.Timeout as timeout:
        if timeout is not limit:
            raise
        return Outcome(Result.LATER, f"no answer within {_ATTEMPT_TIMEOUT_SECONDS:g} s")


def purge_step() -> bool:
    """Remove some calls that were settled long ago."""
    with database.write() as transaction:
        old = WebhookCall.settled_at < database.clock(transaction) - timedelta(days=current_app.config["RETENTION_DAYS"])
        ids = list(transaction.scalars(select(WebhookCall.id).where(old).limit(_BATCH_SIZE)))
        if ids:
            transaction.execute(delete(WebhookCall).where(WebhookCall.id.in_(ids)))
    return len(ids) == _BATCH_SIZE


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
        if accepted:
            works = (Webhook.id == claimed.webhook_id) & Webhook.failing_since.is_not(None)
            transaction.execute(update(Webhook).where(works).values(failing_since=None))
        else:
            warned = _failed(transaction, claimed.webhook_id, outcome.answer, now)
    publish_hints(warned)
    metrics.deliveries.labels(CHANNEL, values.get("state", outcome.result.value)).inc()


def _values(claimed: Claimed, outcome: Outcome, now: datetime) -> dict[str, Any]:
    if outcome.result is Result.ACCEPTED:
        return {"state": "sent", "settled_at": now}
    wait = retry_after(claimed.attempts) if outcome.result is Result.LATER else None
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


def _failed(transaction: Connection, webhook_id: int, answer: str, now: datetime) -> list[int]:
    """Note a failure. After `TURN_OFF_AFTER` of them turn the webhook off.

    Returns the admins who are notified.
    """
    row = transaction.execute(select(Webhook.__table__).where(Webhook.id == webhook_id).with_for_update()).one_or_none()
    if row is None or row.disabled_at is not None:
        return []
    if row.failing_since is None:
        transaction.execute(update(Webhook).where(Webhook.id == webhook_id).values(failing_since=now))
        return []
    if row.failing_since > now - TURN_OFF_AFTER:
        return []
    transaction.execute(update(Webhook).where(Webhook.id == webhook_id).values(disabled_at=now))
    audit.note(transaction, "webhook.off", row.name, f"only failures for {TURN_OFF_AFTER.days} days")
    _log.warning("the webhook %s was turned off: only failures for %s days", row.name, TURN_OFF_AFTER.days)
    admins = select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None)).order_by(User.id)
    recipients = list(transaction.scalars(admins))
    if recipients:
        send.send_within(transaction, _warning(row.name, answer), sender=send.LOCAL_SENDER, recipients=recipients)
    return recipients


def _warning(name: str, answer: str) -> Content:
    text = f"It has only failed for {TURN_OFF_AFTER.days} days. The last answer: {answer}. What waits is sent when it is turned on again."
    return Content(
        type=_WARNING_TYPE,
        priority="high",
        title=f"The webhook {name} was turned off",
        message=text,
        actions=[Action(label="Show webhooks", url="/admin/webhooks")],
    )
