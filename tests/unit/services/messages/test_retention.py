"""Expiry under contention: a step that lost to another transaction is tried again."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from notifier import database
from notifier.models import Message, Notification
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.accounts import users
from notifier.services.inbox import changes
from notifier.services.messages import retention, send
from notifier.services.messages.send import Draft


def test_end_step_retries_after_losing_to_another_transaction(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    users.create_user("alice", "correct horse")
    send.send(Draft(to="user:alice", title="Hello"))
    with database.write() as transaction:
        transaction.execute(update(Message).values(ends_at=now()))
    lock, refusals = changes.lock, iter([database.TransactionConflict("deadlock")])

    def lock_after_one_deadlock(*args: Any) -> None:
        for refusal in refusals:
            raise refusal
        lock(*args)

    monkeypatch.setattr(changes, "lock", lock_after_one_deadlock)

    assert retention.end_step()

    with database.read() as connection:
        assert connection.scalar(select(Notification.status)) == Status.DELETED
