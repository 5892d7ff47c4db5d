"""What a database holds, to be compared with what it holds later."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from notifier import database
from notifier.models import Inbox, Message, Notification, User
from tests.people import People

_TABLES = (User, Message, Notification, Inbox)

Contents = dict[str, list[Any]]


def contents(people: People) -> Contents:
    """Every row of every table that a request could change, inboxes with their `seq` and counts among them."""
    with people.elsewhere(), database.read() as connection:
        return {model.__tablename__: _rows(connection.execute(select(model.__table__))) for model in _TABLES}


def _rows(found: Any) -> list[Any]:
    return sorted((tuple(row) for row in found), key=repr)
