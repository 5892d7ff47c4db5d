"""The content of a delivery to a destination: the message itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from notifier.channels.ports import Item, Kind, Link, Outgoing
from notifier.models import Category, Message
from notifier.services.destinations import posting
from notifier.services.outbox import links
from notifier.services.outbox.claimed import Claimed


def read(connection: Connection, claimed: Claimed) -> Outgoing | None:
    """The content of a claimed delivery to a destination. None if its message was removed."""
    common: dict[str, Any] = {"id": claimed.public_id, "kind": Kind(claimed.kind), "target": claimed.target, "user": "", "settings": ""}
    common["address"] = posting.address(connection, claimed.target, claimed.destination_id) or ""
    if claimed.kind == Kind.TEST:
        return Outgoing(**common)
    found = select(Message.__table__, Category.label).outerjoin(Category, Category.id == Message.category_id)
    row = connection.execute(found.where(Message.id == claimed.message_id)).one_or_none()
    if row is None:
        return None
    title = " ".join(row.title.split())
    item = Item(row.public_id, row.type, row.priority, title, row.text, row.label or "", "", "", _links(row.actions))
    return Outgoing(**common, items=(item,), ends_at=row.ends_at)


def _links(actions: list[Any]) -> tuple[Link, ...]:
    """The links as they were sent: who follows one there is not known."""
    given = [action for action in actions if isinstance(action, dict) and "url" in action]
    return tuple(Link(one["label"], links.page(one["url"]) if one["url"].startswith("/") else one["url"]) for one in given)
