"""Call webhooks: claim calls that are due, make one attempt of each, settle it.

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
from sqlalchemy import Boolean, ColumnElement, Integer, bindparam, func, insert, literal_column, select, update

from notifier import database, metrics
from notifier.channels import egress, webhook
from notifier.channels.ports import Outcome, Result
from notifier.database.json_sql import in_parameter, json_array
from notifier.models import Webhook, WebhookAttempt, WebhookCall
from notifier.models.columns import UtcDateTime
from notifier.services.hints import publish_hints
from notifier.services.loading import load_once
from notifier.services.outbox import attempts, failing, retries
from notifier.services.outbox.resting import Resting
from notifier.services.webhooks import recording

CHANNEL = "webhook"
CALL_LEASE = timedelta(seconds=90)
# A literal, not a bound parameter: otherwise SQLite does not see that its partial index matches.
_IS_WAITING: ColumnElement[bool] = WebhookCall.state == literal_column("'waiting'")
# Built once: these run at every call.
_ONE_DUE = database.Prepared(
    select(WebhookCall.id)
    .join(Webhook, Webhook.id == WebhookCall.webhook_id)
    .where(_IS_WAITING, WebhookCall.not_before <= bindparam("now"), Webhook.disabled_at.is_(None))
    .limit(1)
)
_DUE = database.Prepared(
    select(WebhookCall.id, WebhookCall.public_id, WebhookCall.webhook_id, WebhookCall.body, WebhookCall.attempts)
    .add_columns(Webhook.url, Webhook.secret, Webhook.old_secret, Webhook.old_until)
    .join(Webhook, Webhook.id == WebhookCall.webhook_id)
    .where(_IS_WAITING, WebhookCall.not_before <= bindparam("now"), Webhook.disabled_at.is_(None))
    .where(~in_parameter(WebhookCall.webhook_id, "resting"))
    .order_by(WebhookCall.not_before, WebhookCall.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, of=WebhookCall)
)
_TAKE = database.Prepared(
    update(WebhookCall)
    .where(WebhookCall.id == bindparam("call"))
    .values(attempts=WebhookCall.attempts + 1, not_before=bindparam("lapses_at", type_=UtcDateTime()))
)
_SETTLE = database.Prepared(
    update(WebhookCall)
    .where(WebhookCall.id == bindparam("call"), _IS_WAITING)
    .where((WebhookCall.attempts == bindparam("attempt")) | bindparam("accepted", type_=Boolean))
    .values(state=bindparam("state"), settled_at=bindparam("settled_at"))
    .values(not_before=func.coalesce(bindparam("again_at", type_=UtcDateTime()), WebhookCall.not_before))
)
_NOTE = database.Prepared(
    insert(WebhookAttempt).inline().values({name: bindparam(name) for name in ("webhook_id", "call_id", "at", "accepted", "answer")})
)
_WORKS = database.Prepared(
    update(Webhook).where(Webhook.id == bindparam("webhook"), Webhook.failing_since.is_not(None)).values(failing_since=None)
)


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


class Calls:
    """The calls that one process makes. A `Queue` of `loops`."""

    name = CHANNEL

    def __init__(self) -> None:
        self.resting = Resting[int]()

    def is_due(self) -> bool:
        """Whether a call waits to be made now. Without webhooks no statement."""
        return recording.exist() and bool(database.due(_ONE_DUE))

    def claim(self, most: int) -> tuple[list[Claimed], bool]:
        return _claim(most, self.resting.now())

    def send(self, claimed: Claimed) -> None:
        outcome = _attempt(claimed)
        if outcome.result is Result.LATER:
            self.resting.add(claimed.webhook_id)
        _settle(claimed, outcome)


def _attempt(claimed: Claimed) -> Outcome:
    private, body = current_app.config["ALLOW_PRIVATE_TARGETS"], claimed.body.encode()
    made_at = int(time.time())

    def make() -> Outcome:
        load_once(CHANNEL, egress.load)
        return webhook.call(claimed.url, claimed.signed_by, claimed.public_id, made_at, body, private=private)

    return attempts.attempt(CHANNEL, make)


@database.retry_on_conflict
def _claim(most: int, resting: Sequence[int]) -> tuple[list[Claimed], bool]:
    """Claim up to `most` calls that are due, the oldest first. Also return whether others are."""
    with database.write() as transaction:
        now = database.clock(transaction)
        rows = _DUE.all(transaction, now=now, resting=json_array(resting), most=most + 1)
        for row in rows[:most]:
            _TAKE.execute(transaction, call=row.id, lapses_at=now + CALL_LEASE)
    return [_claimed(row, now) for row in rows[:most]], len(rows) > most


def _claimed(row: Any, now: datetime) -> Claimed:
    old = [row.old_secret] if row.old_secret and row.old_until > now else []
    return Claimed(row.id, row.public_id, row.webhook_id, row.url, [row.secret, *old], row.body, row.attempts + 1)


@database.retry_on_conflict
def _settle(claimed: Claimed, outcome: Outcome) -> None:
    """Note the outcome of an attempt.

    A failure is not noted if the claim has lapsed and another process has the call.
    """
    accepted, warned = outcome.result is Result.ACCEPTED, list[int]()
    with database.write() as transaction:
        now = database.clock(transaction)
        state, again_at = _next(claimed, outcome, now)
        settled_at = None if state == "waiting" else now
        values = {"state": state, "again_at": again_at, "settled_at": settled_at}
        if not _SETTLE.execute(transaction, call=claimed.id, attempt=claimed.attempts, accepted=accepted, **values):
            return
        _NOTE.execute(transaction, webhook_id=claimed.webhook_id, call_id=claimed.id, at=now, accepted=accepted, answer=outcome.answer)
        if accepted:
            _WORKS.execute(transaction, webhook=claimed.webhook_id)
        else:
            warned = failing.failed(transaction, Webhook, Webhook.id == claimed.webhook_id, outcome, now)
    publish_hints(warned)
    metrics.deliveries.labels(CHANNEL, outcome.result.value if state == "waiting" else state).inc()


def _next(claimed: Claimed, outcome: Outcome, now: datetime) -> tuple[str, datetime | None]:
    """The state of a call after an attempt, and when it is tried again."""
    if outcome.result is Result.ACCEPTED:
        return "sent", None
    wait = retries.wait(claimed.attempts, outcome) if outcome.result is Result.LATER else None
    return ("given_up", None) if wait is None else ("waiting", now + wait)
