"""One user's inbox: reading it, and the one way in which rows of it change status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from notifier import database
from notifier.errors import NotFound
from notifier.models import Inbox, Message, Notification
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.hint import hint

Item = Row[Any]
"""A notification with its message: `status`, `seq`, `body_seq` of the one and the columns of the other."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where an inbox stands."""

    seq: int
    unread: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows a list shows. `status` None: all but the archived ones. `query`: words in title or text."""

    status: Status | None = None
    everything: bool = False
    type: str | None = None
    query: str | None = None

    def conditions(self, user_id: int) -> list[ColumnElement[bool]]:
        hidden = [Status.DELETED] if self.everything or self.status else [Status.DELETED, Status.ARCHIVED]
        found = [Notification.user_id == user_id, Notification.status.not_in(hidden)]
        if self.status:
            found.append(Notification.status == self.status)
        if self.type:
            found.append(Message.type == self.type)
        if self.query:
            found.append(Message.title.icontains(self.query, autoescape=True) | Message.text.icontains(self.query, autoescape=True))
        return found


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list, newest first, and the head read in the same snapshot. `before`: where the next page begins, or None."""

    items: list[Item]
    head: Head
    before: int | None


@dataclass(frozen=True, slots=True)
class Changed:
    """`count` rows changed; 0 means that nothing was, and `head` is as it stood."""

    count: int
    head: Head


def head(user_id: int) -> Head:
    with database.read() as connection:
        return _head(connection, user_id)


def listing(user_id: int, chosen: Filter, *, limit: int, before: int | None = None) -> Listing:
    """Up to `limit` notifications that match, those with `body_seq` under `before`. Stable while others arrive."""
    with database.read() as connection:
        conditions = chosen.conditions(user_id)
        if before is not None:
            conditions.append(Notification.body_seq < before)
        found = connection.execute(_items().where(*conditions).order_by(Notification.body_seq.desc()).limit(limit + 1)).all()
        items = list(found[:limit])
        return Listing(items, _head(connection, user_id), items[-1].body_seq if len(found) > limit else None)


def get(user_id: int, public_id: str) -> tuple[Item, Head]:
    """Raises `NotFound` for what is deleted, not this user's, or not there: all alike."""
    with database.read() as connection:
        return _one(connection, user_id, public_id), _head(connection, user_id)


def set_status(user_id: int, public_id: str, status: Status) -> tuple[Item, Head]:
    """The notification afterwards. Raises `NotFound` as `get`."""
    with database.write() as transaction:
        _lock(transaction, user_id)
        item = _one(transaction, user_id, public_id)
        changed = _change(transaction, user_id, status, [Notification.message_id == item.message_id])
        after = transaction.execute(_items().where(Notification.user_id == user_id, Message.public_id == public_id)).one()
    _tell(user_id, changed)
    return after, changed.head


def read_all(user_id: int, chosen: Filter) -> Changed:
    """Marks as read what `chosen` shows and is unread."""
    return _change_shown(user_id, chosen, Status.READ, Notification.status == Status.UNREAD)


def clear(user_id: int, chosen: Filter) -> Changed:
    """Deletes what `chosen` shows."""
    return _change_shown(user_id, chosen, Status.DELETED)


def _change_shown(user_id: int, chosen: Filter, status: Status, *more: ColumnElement[bool]) -> Changed:
    with database.write() as transaction:
        _lock(transaction, user_id)
        shown = (
            select(Notification.message_id).join(Message, Message.id == Notification.message_id).where(*chosen.conditions(user_id), *more)
        )
        changed = _change(transaction, user_id, status, [Notification.message_id.in_(shown)])
    _tell(user_id, changed)
    return changed


def _tell(user_id: int, changed: Changed) -> None:
    if changed.count:
        hint([user_id])


def _lock(transaction: Connection, user_id: int) -> None:
    """Everything that changes an inbox first takes its row, so that operations on one inbox come one after another."""
    transaction.execute(select(Inbox.seq).where(Inbox.user_id == user_id).with_for_update())


def _change(transaction: Connection, user_id: int, status: Status, conditions: list[ColumnElement[bool]]) -> Changed:
    """One operation: the rows that match and are not in `status` yet get it, all with the inbox's next seq. The inbox is locked."""
    where = [Notification.user_id == user_id, Notification.status.not_in([status, Status.DELETED]), *conditions]
    unread = func.count().filter(Notification.status == Status.UNREAD)
    count, were_unread = transaction.execute(select(func.count(), unread).where(*where).select_from(Notification)).one()
    if not count:
        return Changed(0, _head(transaction, user_id))
    now_unread = count if status is Status.UNREAD else 0
    gone = count if status is Status.DELETED else 0
    moved = update(Inbox).where(Inbox.user_id == user_id)
    moved = moved.values(seq=Inbox.seq + 1, unread=Inbox.unread + now_unread - were_unread, kept=Inbox.kept - gone)
    transaction.execute(moved)
    after = _head(transaction, user_id)
    rows = update(Notification).where(*where).values(previous_status=Notification.status, status=status, seq=after.seq, changed_at=now())
    transaction.execute(rows)
    return Changed(count, after)


def _items() -> Any:
    chosen = (Notification.message_id, Notification.status, Notification.seq, Notification.body_seq)
    shown = [column for column in Message.__table__.columns if column.name != "id"]
    return select(*chosen, *shown).join(Message, Message.id == Notification.message_id)


def _one(connection: Connection, user_id: int, public_id: str) -> Item:
    item = connection.execute(
        _items().where(Notification.user_id == user_id, Message.public_id == public_id, Notification.status != Status.DELETED)
    ).one_or_none()
    if item is None:
        raise NotFound("There is no such notification in your inbox.")
    return item


def _head(connection: Connection, user_id: int) -> Head:
    row = connection.execute(select(Inbox.seq, Inbox.unread).where(Inbox.user_id == user_id)).one()
    return Head(row.seq, row.unread)
