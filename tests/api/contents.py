"""Snapshots of a database, for comparison before and after a request."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from notifier import database
from notifier.models import Inbox, Message, Notification, Reply, Session, User, Watcher
from notifier.models.notification import Status
from tests.people import People

_TABLES = (User, Message, Notification, Inbox, Session, Watcher, Reply)

Contents = dict[str, list[Any]]


def contents(people: People) -> Contents:
    """Return all rows of the tables that a request could change, including the inboxes with `seq` and counts."""
    with people.elsewhere(), database.read() as connection:
        return {model.__tablename__: _rows(connection.execute(select(model.__table__))) for model in _TABLES}


def miscounted(people: People) -> list[Any]:
    """Return the inboxes whose stored counts differ from their rows, or with a row above their `seq`."""
    unread = func.count().filter(Notification.status == Status.UNREAD)
    kept = func.count().filter(Notification.status != Status.DELETED)
    newest = func.coalesce(func.max(Notification.seq), 0)
    counted = select(Notification.user_id, unread.label("unread"), kept.label("kept"), newest.label("newest"))
    rows = counted.group_by(Notification.user_id).subquery()
    wrong = (Inbox.unread != rows.c.unread) | (Inbox.kept != rows.c.kept) | (Inbox.seq < rows.c.newest)
    with people.elsewhere(), database.read() as connection:
        return _rows(connection.execute(select(Inbox.__table__, rows).join(rows, rows.c.user_id == Inbox.user_id).where(wrong)))


def _rows(found: Any) -> list[Any]:
    return sorted((tuple(row) for row in found), key=repr)
