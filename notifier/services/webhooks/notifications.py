"""Record for webhooks what users did with their notifications."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from notifier.database.json_sql import in_numbers
from notifier.models import Message, Notification, User
from notifier.services.webhooks import recording


def record(transaction: Connection, event: str, row_ids: Iterable[int]) -> None:
    """Record an event for each of these rows of `notifications`."""
    webhooks = recording.listeners(transaction, event)
    if not webhooks:
        return
    public_id = func.coalesce(Notification.public_id, Message.public_id)
    found = select(public_id, Message.public_id, Message.type, User.name).select_from(Notification)
    found = found.join(Message, Message.id == Notification.message_id).join(User, User.id == Notification.user_id)
    rows = transaction.execute(found.where(in_numbers(Notification.id, row_ids)).order_by(Notification.id))
    data = [{"id": id_, "message": message, "type": type_, "user": user} for id_, message, type_, user in rows]
    recording.add(transaction, webhooks, event, data)
