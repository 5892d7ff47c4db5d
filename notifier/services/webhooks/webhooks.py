"""Webhooks of admins: create, rotate, turn on and off, remove, test.

Secrets are shown once and noted nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Connection, delete, insert, select, update

from notifier import database
from notifier.channels import egress, webhook
from notifier.errors import Conflict, FieldError, NotFound, invalid_fields
from notifier.models import Webhook, WebhookAttempt, WebhookCall
from notifier.models.columns import new_public_id
from notifier.services import audit, validation
from notifier.services.webhooks import recording

MAX_NAME_LENGTH = 64
MAX_URL_LENGTH = 2048
MAX_ATTEMPTS_SHOWN = 50
OLD_SECRET_LIFE = timedelta(hours=24)
"""For so long after a rotation the old secret signs too."""


def listing() -> Sequence[Any]:
    """All webhooks by name, without their secrets."""
    columns = (Webhook.public_id, Webhook.name, Webhook.url, Webhook.events, Webhook.disabled_at, Webhook.failing_since, Webhook.old_until)
    with database.read() as connection:
        return connection.execute(select(*columns).order_by(Webhook.name, Webhook.id)).all()


def attempts() -> Sequence[Any]:
    """The last attempts, newest first."""
    call = (WebhookCall.public_id, WebhookCall.event, WebhookCall.state, WebhookCall.attempts, WebhookCall.not_before)
    found = select(WebhookAttempt.at, WebhookAttempt.accepted, WebhookAttempt.answer, Webhook.name, *call)
    found = found.join(WebhookCall, WebhookCall.id == WebhookAttempt.call_id).join(Webhook, Webhook.id == WebhookAttempt.webhook_id)
    with database.read() as connection:
        return connection.execute(found.order_by(WebhookAttempt.id.desc()).limit(MAX_ATTEMPTS_SHOWN)).all()


def get(public_id: str) -> Any:
    """One webhook. Raises `NotFound`."""
    with database.read() as connection:
        return _one(connection, public_id)


def create(name: str, url: str, events: Sequence[str]) -> str:
    """Create a webhook and return its secret. Raises `Invalid`."""
    _check(name, url, events)
    secret = webhook.new_secret()
    chosen = [event for event in recording.EVENTS if event in events]
    with database.write() as transaction:
        values = {"public_id": new_public_id(), "name": name, "url": url, "secret": secret, "events": chosen}
        transaction.execute(insert(Webhook).values(**values))
        audit.note(transaction, "webhook.created", name, ", ".join(chosen))
    recording.refresh()
    return secret


@database.retry_on_conflict
def rotate(public_id: str) -> str:
    """Give a webhook a new secret and return it.

    The old one signs too for `OLD_SECRET_LIFE`. Raises `NotFound`.
    """
    secret = webhook.new_secret()
    with database.write() as transaction:
        found = _one(transaction, public_id)
        values = {"secret": secret, "old_secret": found.secret, "old_until": database.clock(transaction) + OLD_SECRET_LIFE}
        transaction.execute(update(Webhook).where(Webhook.id == found.id).values(**values))
        audit.note(transaction, "webhook.rotated", found.name)
    return secret


@database.retry_on_conflict
def switch(public_id: str, *, on: bool) -> None:
    """Turn a webhook on or off.

    What waits for it is sent when it is on again. Raises `NotFound`.
    """
    with database.write() as transaction:
        found = _one(transaction, public_id)
        values = {"disabled_at": None if on else database.clock(transaction), "failing_since": None}
        transaction.execute(update(Webhook).where(Webhook.id == found.id).values(**values))
        audit.note(transaction, "webhook.on" if on else "webhook.off", found.name)
    recording.refresh()


@database.retry_on_conflict
def remove(public_id: str) -> None:
    """Remove a webhook with all that waits for it. Raises `NotFound`."""
    with database.write() as transaction:
        found = _one(transaction, public_id)
        transaction.execute(delete(Webhook).where(Webhook.id == found.id))
        audit.note(transaction, "webhook.removed", found.name)
    recording.refresh()


@database.retry_on_conflict
def send_test(public_id: str) -> None:
    """Call a webhook with a `ping`. Raises `NotFound`, and `Conflict` for one that is off."""
    with database.write() as transaction:
        found = _one(transaction, public_id)
        if found.disabled_at is not None:
            raise Conflict("The webhook is off. Turn it on first.", code="webhook_off")
        recording.add(transaction, [found.id], recording.PING, [{"webhook": found.name}])


@database.retry_on_conflict
def redeliver(public_id: str) -> None:
    """Make a call again now, with the same `webhook-id`. Raises `NotFound`."""
    with database.write() as transaction:
        again = {"state": "waiting", "attempts": 0, "not_before": database.clock(transaction), "settled_at": None}
        if not transaction.execute(update(WebhookCall).where(WebhookCall.public_id == public_id).values(**again)).rowcount:
            raise NotFound("There is no such call. Reload the page.")
        audit.note(transaction, "webhook.redelivered", public_id)


def _one(connection: Connection, public_id: str) -> Any:
    row = connection.execute(select(Webhook.__table__).where(Webhook.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such webhook. Reload the page.")
    return row


def _check(name: str, url: str, events: Sequence[str]) -> None:
    wrong = []
    if problem := _name_problem(name):
        wrong.append(FieldError("name", problem))
    if problem := _url_problem(url):
        wrong.append(FieldError("url", problem))
    if not events or set(events) - set(recording.EVENTS):
        wrong.append(FieldError("events", f"must be one or more of {', '.join(recording.EVENTS)}"))
    if wrong:
        raise invalid_fields(wrong)


def _name_problem(name: str) -> str:
    if not name.strip() or len(name) > MAX_NAME_LENGTH:
        return f"must be 1 to {MAX_NAME_LENGTH} characters"
    try:
        validation.line(name)
    except ValueError as problem:
        return str(problem)
    return ""


def _url_problem(url: str) -> str:
    if len(url) > MAX_URL_LENGTH:
        return f"must be at most {MAX_URL_LENGTH} characters"
    try:
        egress.check_url(url, private=current_app.config["ALLOW_PRIVATE_TARGETS"])
    except egress.NotAllowed as refusal:
        return str(refusal)
    return ""
