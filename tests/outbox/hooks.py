"""Webhooks of the tests, in this process. The clock is moved by moving what is stored into the past."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

from sqlalchemy import select, update

from notifier import database
from notifier.models import Webhook, WebhookCall
from notifier.services.outbox import webhook_calls
from notifier.services.webhooks import recording, webhooks
from tests.outbox.queues import send_one
from tests.outbox.receiver import Receiver


def work() -> None:
    """Make all calls that are due. Webhooks that failed do not rest."""
    calls = webhook_calls.Calls()
    with patch.object(calls.resting, "add"):
        while calls.is_due() and send_one(calls):
            pass


def hook(receiver: Receiver, *events: str) -> tuple[str, str]:
    """A new webhook's id and secret."""
    secret = webhooks.create("app", receiver.url, events or recording.EVENTS)
    return webhooks.listing()[0].public_id, secret


def later(moved: timedelta) -> None:
    """Move the clock of webhooks and their calls forward."""
    with database.write() as transaction:
        for row in transaction.execute(select(WebhookCall.__table__)).all():
            values = {"not_before": row.not_before - moved}
            transaction.execute(update(WebhookCall).where(WebhookCall.id == row.id).values(**values))
        for row in transaction.execute(select(Webhook.__table__)).all():
            values = {name: getattr(row, name) - moved for name in ("old_until", "failing_since") if getattr(row, name)}
            if values:
                transaction.execute(update(Webhook).where(Webhook.id == row.id).values(**values))


def states() -> list[tuple[str, int]]:
    with database.read() as connection:
        found = connection.execute(select(WebhookCall.state, WebhookCall.attempts).order_by(WebhookCall.id))
        return [(row.state, row.attempts) for row in found]


def ping(receiver: Receiver) -> str:
    """A webhook with a test that waits."""
    public_id, _ = hook(receiver)
    webhooks.send_test(public_id)
    return public_id
