"""Retention of the outbox: remove what was settled long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Connection, delete, select

from notifier import database
from notifier.models import Delivery, WebhookCall

_BATCH_SIZE = 500


def purge_step() -> bool:
    """Remove some deliveries and calls of webhooks that were settled more than `RETENTION_DAYS` ago.

    True when more may be left.
    """
    with database.write() as transaction:
        past = database.clock(transaction) - timedelta(days=current_app.config["RETENTION_DAYS"])
        removed = [_purge(transaction, table, past) for table in (Delivery, WebhookCall)]
    return _BATCH_SIZE in removed


def _purge(transaction: Connection, table: type[Delivery] | type[WebhookCall], past: datetime) -> int:
    ids = list(transaction.scalars(select(table.id).where(table.settled_at < past).limit(_BATCH_SIZE)))
    if ids:
        transaction.execute(delete(table).where(table.id.in_(ids)))
    return len(ids)
