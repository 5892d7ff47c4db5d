"""Retention of the outbox: remove what was settled long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Connection, delete, select

from notifier import database
from notifier.models import Delivery, Webhook, WebhookAttempt, WebhookCall
from notifier.services.webhooks.webhooks import MAX_ATTEMPTS_SHOWN

_BATCH_SIZE = 500


def purge_step() -> bool:
    """Remove some deliveries and calls of webhooks that were settled more than `RETENTION_DAYS` ago.

    Also the attempts that no page shows any more. True when more may be left.
    """
    with database.write() as transaction:
        past = database.clock(transaction) - timedelta(days=current_app.config["RETENTION_DAYS"])
        removed = [_purge(transaction, table, past) for table in (Delivery, WebhookCall)]
        _forget_attempts(transaction)
    return _BATCH_SIZE in removed


def _purge(transaction: Connection, table: type[Delivery] | type[WebhookCall], past: datetime) -> int:
    ids = list(transaction.scalars(select(table.id).where(table.settled_at < past).limit(_BATCH_SIZE)))
    if ids:
        transaction.execute(delete(table).where(table.id.in_(ids)))
    return len(ids)


def _forget_attempts(transaction: Connection) -> None:
    """Keep the last attempts of each webhook.

    Not at each call: calls at the same time would wait for each other, since all of them remove the same rows.
    """
    for webhook_id in transaction.scalars(select(Webhook.id)).all():
        own = WebhookAttempt.webhook_id == webhook_id
        oldest = select(WebhookAttempt.id).where(own).order_by(WebhookAttempt.id.desc()).offset(MAX_ATTEMPTS_SHOWN).limit(1)
        transaction.execute(delete(WebhookAttempt).where(own, WebhookAttempt.id <= oldest.scalar_subquery()))
