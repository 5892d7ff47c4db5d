"""What a push brings beside its notification: its device, and what is still unread."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from notifier import database
from notifier.channels import ports
from notifier.models import Inbox, Message, Notification
from notifier.models.notification import Status
from notifier.services.outbox.claimed import Claimed
from notifier.services.push import devices

MAX_NEWEST = 20
"""Ids of unread notifications in a push: the device closes the others."""

# Built once: these run at every push.
_UNREAD = database.Prepared(select(Inbox.unread).where(Inbox.user_id == bindparam("user")))
_NEWEST = database.Prepared(
    select(func.coalesce(Notification.public_id, Message.public_id))
    .join(Message, Message.id == Notification.message_id)
    .where(Notification.user_id == bindparam("user"), Notification.status == Status.UNREAD)
    .order_by(Notification.position.desc())
    .limit(MAX_NEWEST)
)


def read(connection: Connection, claimed: Claimed) -> dict[str, Any] | None:
    """The fields of `Outgoing` that only a push has. None if the device is gone."""
    assert claimed.user_id is not None
    device = devices.get(connection, claimed.user_id, claimed.target)
    if device is None:
        return None
    unread = _UNREAD.scalar(connection, user=claimed.user_id) or 0
    newest = tuple(row[0] for row in _NEWEST.all(connection, user=claimed.user_id))
    return {"device": device, "inbox": ports.Inbox(unread, newest)}
