"""What was settled long ago leaves the outbox; the rest stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from notifier import database
from notifier.models import Delivery, Webhook, WebhookCall
from notifier.models.columns import new_public_id, now
from notifier.services.outbox import retention

DELIVERY = {"kind": "test", "channel": "email", "target": "alice@example.com", "state": "sent"}
CALL = {"event": "test", "body": "{}", "state": "sent"}


def store(*settled: datetime | None) -> None:
    """A delivery and a call of a webhook for each, settled then, or waiting."""
    with database.write() as transaction:
        hook = transaction.scalar(insert(Webhook).values(name="app", url="https://a.example", secret="s", events=[]).returning(Webhook.id))
        for at in settled:
            row = {"public_id": new_public_id(), "settled_at": at, "not_before": now(), "created_at": now()}
            transaction.execute(insert(Delivery).values(**DELIVERY, **row, due_at=now()))
            transaction.execute(insert(WebhookCall).values(**CALL, **row, webhook_id=hook))


def left() -> list[int]:
    with database.read() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in (Delivery, WebhookCall)]


def test_only_what_was_settled_long_ago_is_removed(app: Flask) -> None:
    kept_for = timedelta(days=app.config["RETENTION_DAYS"])
    before, after = (now() - kept_for + timedelta(minutes=minutes) for minutes in (-1, 1))
    store(before, after, after, None)

    assert not retention.purge_step()

    assert left() == [3, 3]


def test_a_step_removes_a_batch(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_BATCH_SIZE", 2)
    store(*[now() - timedelta(days=1000)] * 3)

    assert retention.purge_step()
    assert left() == [1, 1]
    assert not retention.purge_step()
    assert left() == [0, 0]
