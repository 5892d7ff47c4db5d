"""Write a new message, and its notifications unless they follow.

In two steps, between which PostgreSQL answers: many messages of one transaction are begun before the first is ended.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert

from notifier import database
from notifier.models import Message
from notifier.models.columns import new_public_id
from notifier.services.destinations import posting
from notifier.services.messages import channel_steps, inbox_writes
from notifier.services.messages.arrivals import Facts
from notifier.services.messages.content import Content
from notifier.services.messages.inbox_writes import NOTHING_BEGUN, Delivered
from notifier.services.messages.touching import Asked


class Begun(NamedTuple):
    """A message whose row is queued.

    `values`: of the row; `category`: as `categories.of_type` returns it; `inserted`: the answer with its id.
    `at_once` and `instead_of`: as `begin` got them.
    """

    values: dict[str, Any]
    category: Any
    inserted: Asked
    facts: Facts
    recipients: Sequence[int]
    deliveries: inbox_writes.Begun
    at_once: bool
    instead_of: int | None


class Written(NamedTuple):
    """`delivered`: None where the notifications follow."""

    id: int
    public_id: str
    delivered: Delivered | None


def begin(
    transaction: Connection,
    content: Content,
    *,
    sender: str,
    category: Any,
    recipients: Sequence[int],
    created_at: datetime,
    public_id: str | None = None,
    terms: Sequence[str] = (),
    at_once: bool = True,
    instead_of: int | None = None,
) -> Begun:
    """Queue the row of a message, and begin to deliver it.

    `category`: as `categories.of_type` returns it. `recipients`: in rising order. `terms`: the audience as the sender gave it.
    `at_once`: False if the notifications follow. `instead_of`: as in `inbox_writes.deliver`.
    """
    values = content.columns() | {
        "category_id": None if category is None else category.id,
        "public_id": public_id or new_public_id(),
        "sender": sender,
        "audience": list(terms),
        "recipients": len(recipients),
        "delivered": len(recipients) if at_once else 0,
        "created_at": created_at,
        "ends_at": content.expires_at,
    }
    inserted = _insert(tuple(values)).queue(transaction, **values)
    facts = Facts.of(values | {"id": 0}, category)
    deliveries = inbox_writes.begin(transaction, facts, recipients) if at_once and instead_of is None else NOTHING_BEGUN
    return Begun(values, category, inserted, facts, recipients, deliveries, at_once, instead_of)


def end(transaction: Connection, begun: Begun) -> Written:
    """Deliver it, and add what other channels need."""
    ((message_id,),) = begun.inserted()
    values, recipients = begun.values, begun.recipients
    posting.add_message(transaction, message_id, values["audience"], values["created_at"])
    facts = begun.facts._replace(id=message_id)
    delivered = None
    if begun.at_once:
        delivered = inbox_writes.deliver(transaction, facts, recipients, instead_of=begun.instead_of, begun=begun.deliveries)
    minutes = None if begun.category is None else begun.category.wait_minutes
    channel_steps.add(transaction, facts, minutes, recipients, None if delivered is None else delivered.decisions)
    return Written(message_id, values["public_id"], delivered)


@functools.cache
def _insert(columns: Sequence[str]) -> database.Prepared:
    return database.Prepared(insert(Message).values({column: bindparam(column) for column in columns}).returning(Message.id))
