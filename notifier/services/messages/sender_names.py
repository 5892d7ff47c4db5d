"""The names of senders."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from notifier.models import ApiKey, User
from notifier.services.validation import name_key


def key(connection: Connection, sender: str) -> str | None:
    """The name of a sender in the form in which mutes keep it."""
    found = name(connection, sender)
    return None if found is None else name_key(found)


def name(connection: Connection, sender: str) -> str | None:
    """The name of a sender (`user:ID` or `key:ID`).

    None for the server's own machine, and for one that was deleted.
    """
    kind, _, id_ = sender.partition(":")
    table: Any = {"user": User, "key": ApiKey}.get(kind)
    return None if table is None else connection.scalar(select(table.name).where(table.id == int(id_)))
