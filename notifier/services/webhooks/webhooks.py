"""Webhooks of admins: create, rotate, turn on and off, remove, test.

Secrets are shown once and noted nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import insert, select, update

from notifier import database
from notifier.channels import egress, guard, webhook
from notifier.errors import FieldError, NotFound, invalid_fields
from notifier.models import Webhook, WebhookAttempt, WebhookCall
from notifier.models.columns import new_public_id
from notifier.models.remote import MAX_NAME_LENGTH
from notifier.services import audit, remotes, validation
from notifier.services.webhooks import recording

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
        found = remotes.one(transaction, Webhook, public_id)
        values = {"secret": secret, "old_secret": found.secret, "old_until": database.clock(transaction) + OLD_SECRET_LIFE}
        transaction.execute(update(Webhook).where(Webhook.id == found.id).values(**values))
        audit.note(transaction, "webhook.rotated", found.name)
    return secret


def switch(public_id: str, *, on: bool) -> None:
    """Turn a webhook on or off.

    What waits for it is sent when it is on again. Raises `NotFound`.
    """
    remotes.switch(Webhook, public_id, on=on)
    recording.refresh()


def remove(public_id: str) -> None:
    """Remove a webhook with all that waits for it. Raises `NotFound`."""
    remotes.remove(Webhook, public_id)
    recording.refresh()


@database.retry_on_conflict
def send_test(public_id: str) -> None:
    """Call a webhook with a `ping`. Raises `NotFound`, and `Conflict` for one that is off."""
    with database.write() as transaction:
        found = remotes.one_that_is_on(transaction, Webhook, public_id)
        recording.add(transaction, [found.id], recording.PING, [{"webhook": found.name}])


@database.retry_on_conflict
def redeliver(public_id: str) -> None:
    """Make a call again now, with the same `webhook-id`. Raises `NotFound`."""
    with database.write() as transaction:
        again = {"state": "waiting", "attempts": 0, "not_before": database.clock(transaction), "settled_at": None}
        if not transaction.execute(update(WebhookCall).where(WebhookCall.public_id == public_id).values(**again)).rowcount:
            raise NotFound("There is no such call. Reload the page.")
        audit.note(transaction, "webhook.redelivered", public_id)


def _check(name: str, url: str, events: Sequence[str]) -> None:
    wrong = []
    try:
        _check_name(name)
    except ValueError as error:
        wrong.append(FieldError("name", str(error)))
    try:
        remotes.check_length(url)
        egress.check_url(url, private=current_app.config["ALLOW_PRIVATE_TARGETS"])
    except (ValueError, guard.NotAllowed) as error:
        wrong.append(FieldError("url", str(error)))
    if not events or set(events) - set(recording.EVENTS):
        wrong.append(FieldError("events", f"must be one or more of {', '.join(recording.EVENTS)}"))
    if wrong:
        raise invalid_fields(wrong)


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME_LENGTH:
        raise ValueError(f"must be 1 to {MAX_NAME_LENGTH} characters")
    validation.line(name)
