"""The names of senders."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from notifier import database
from notifier.models import ApiKey, User
from notifier.services.validation import name_key

_NAMES = {
    kind: database.Prepared(select(table.name).where(table.id == bindparam("id", type_=table.id.type)))
    for kind, table in (("user", User), ("key", ApiKey))
}


def key(connection: Connection, sender: str) -> str | None:
    """The name of a sender in the form in which mutes keep it."""
    found = name(connection, sender)
    return None if found is None else name_key(found)


def name(connection: Connection, sender: str) -> str | None:
    """The name of a sender (`user:ID` or `key:ID`).

    None for the server's own machine, and for one that was deleted.
    """
    kind, _, id_ = sender.partition(":")
    named = _NAMES.get(kind)
    found: str | None = None if named is None else named.scalar(connection, id=int(id_))
    return found
