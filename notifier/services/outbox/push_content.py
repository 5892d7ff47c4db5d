"""What a push brings beside its notification: its device, and what is still unread."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from notifier.channels import ports
from notifier.models import Inbox, Message, Notification
from notifier.models.notification import Status
from notifier.services.outbox.claimed import Claimed
from notifier.services.push import devices

MAX_NEWEST = 20
"""Ids of unread notifications in a push: the device closes the others."""


def read(connection: Connection, claimed: Claimed) -> dict[str, Any] | None:
    """The fields of `Outgoing` that only a push has. None if the device is gone."""
    assert claimed.user_id is not None
    device = devices.get(connection, claimed.user_id, claimed.target)
    if device is None:
        return None
    unread = connection.scalar(select(Inbox.unread).where(Inbox.user_id == claimed.user_id)) or 0
    shown_id = func.coalesce(Notification.public_id, Message.public_id)
    own = (Notification.user_id == claimed.user_id) & (Notification.status == Status.UNREAD)
    found = select(shown_id).join(Message, Message.id == Notification.message_id).where(own)
    newest = tuple(connection.scalars(found.order_by(Notification.position.desc()).limit(MAX_NEWEST)))
    return {"device": device, "inbox": ports.Inbox(unread, newest)}
