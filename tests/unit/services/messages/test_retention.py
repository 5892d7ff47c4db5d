"""Expiry under contention: a step that lost to another transaction is tried again."""

from __future__ import annotations

from datetime import timedelta
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
from notifier.services.preferences import category_admin


def test_end_step_retries_after_losing_to_another_transaction(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    users.create_user("alice", "correct horse")
    send.send(Draft(to="user:alice", title="Hello"))
    with database.write() as transaction:
        transaction.execute(update(Message).values(ends_at=now() - timedelta(seconds=1)))
    lock, refusals = changes.lock, iter([database.TransactionConflict("deadlock")])

    def lock_after_one_deadlock(*args: Any) -> None:
        for refusal in refusals:
            raise refusal
        lock(*args)

    monkeypatch.setattr(changes, "lock", lock_after_one_deadlock)

    assert retention.end_step()

    with database.read() as connection:
        assert connection.scalar(select(Notification.status)) == Status.DELETED


def test_category_keeps_its_messages_for_days_of_its_own(app: Flask) -> None:
    users.create_user("alice", "correct horse")
    for slug, days in (("short", 7), ("long", 365)):
        category_admin.create(category_admin.draft({"slug": slug, "label": slug, "types": (slug,), "keep_days": days}))
    for type_ in ("short", "long", "usual"):
        send.send(Draft(to="user:alice", title=type_, type=type_))
    found = {}
    for age in (1, 8, 91, 366):
        with database.write() as transaction:
            transaction.execute(update(Message).values(created_at=now() - timedelta(days=age), ends_at=None))
        retention.retire_step()
        with database.read() as connection:
            found[age] = set(connection.scalars(select(Message.type).where(Message.ends_at.is_not(None))))
    assert found == {1: set(), 8: {"short"}, 91: {"short", "usual"}, 366: {"short", "usual", "long"}}
