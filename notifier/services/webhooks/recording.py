"""Record events for webhooks, in the transaction of what they report.

Whether there is a webhook at all is remembered in each process and looked up once a second: a server without any executes no statement
for them. A new webhook gets what happens after that second.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from notifier import current, database
from notifier.models import Webhook, WebhookCall
from notifier.models.columns import new_public_id

PING = "ping"
EVENTS = (
    "message.sent",
    "notification.read",
    "notification.clicked",
    "reply.given",
    "session.ended",
    "user.unsubscribed",
    "delivery.given_up",
    PING,
)
_ANY = "notifier.webhooks"
# Built once: they run at every send.
_ACTIVE = database.Prepared(select(Webhook.id, Webhook.events).where(Webhook.disabled_at.is_(None)).order_by(Webhook.id))
_ADD = insert(WebhookCall)
_ONE = database.Prepared(select(Webhook.id).where(Webhook.disabled_at.is_(None)).limit(1))


def listeners(transaction: Connection, event: str) -> list[int]:
    """The webhooks that are called about an event. As a rule none, and no statement."""
    if not exist(transaction):
        return []
    return [row.id for row in _ACTIVE.all(transaction) if event in row.events]


def record(transaction: Connection, event: str, data: Mapping[str, Any]) -> None:
    """Record one event for all webhooks that are called about it."""
    add(transaction, listeners(transaction, event), event, [data])


def add(transaction: Connection, webhooks: Sequence[int], event: str, found: Iterable[Mapping[str, Any]]) -> None:
    """Add a call of each webhook for each event. `found`: their data."""
    now = database.clock(transaction)
    bodies = [json.dumps({"type": event, "timestamp": now.isoformat(), "data": data}, separators=(",", ":")) for data in found]
    rows = [
        {"public_id": new_public_id(), "webhook_id": id_, "event": event, "body": body, "not_before": now, "created_at": now}
        for body in bodies
        for id_ in webhooks
    ]
    if rows:
        transaction.execute(_ADD, rows)


def exist(connection: Connection | None = None) -> bool:
    """Whether there is a webhook that is on, as far as this process knows.

    `connection`: to look it up where it does not know yet.
    """
    extensions = current.app().extensions
    known: bool | None = extensions.get(_ANY)
    if known is None and connection is not None:
        known = extensions[_ANY] = _ONE.first(connection) is not None
    return bool(known)


def refresh() -> None:
    """Look up whether there is a webhook."""
    current.app().extensions[_ANY] = database.lookup(_ONE) is not None


def refresh_step() -> bool:
    """As `refresh`, for the loops of the outbox."""
    refresh()
    return False
