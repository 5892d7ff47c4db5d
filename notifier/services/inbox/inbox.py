"""One user's inbox: lists and counts, and its user's operations: status, clear.

To undo one is in `undoing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select, union_all

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.errors import NotFound
from notifier.models import Category, Inbox, Installation, Message, Notification
from notifier.models.message import SHOWN_COLUMNS
from notifier.models.notification import Status
from notifier.services.hints import publish_hints
from notifier.services.inbox import changes, running_sessions
from notifier.services.inbox.changes import IS_KEPT
from notifier.services.inbox.filters import Filter
from notifier.services.pagination import read_page

Item = Row[Any]
"""A notification joined with its message, as `_items` selects it. `public_id` is the id that clients know it by."""


@dataclass(frozen=True, slots=True)
class Head:
    """The state of an inbox: its change number and unread count, and the epoch of the database."""

    seq: int
    unread: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of notifications, newest first, and the head read in the same snapshot.

    `before`: the cursor of the next page, or None. `sessions`: the running sessions of its items, by `message_id`.
    `labels`: category labels of the notifications that arrived quiet or archived, by `message_id`.
    """

    items: list[Item]
    head: Head
    before: int | None
    sessions: Mapping[int, Row[Any]]
    labels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """The number of rows that an operation changed, and the head afterwards.

    With 0, nothing was written.
    """

    count: int
    head: Head


def head(user_id: int) -> Head:
    """The current head of a user's inbox."""
    with database.read() as connection:
        return head_in(connection, user_id)


def listing(user_id: int, chosen: Filter, *, limit: int, before: int | None = None) -> Listing:
    """List up to `limit` matching notifications with a `position` below `before`.

    Pages stay stable while others arrive.
    """
    with database.read() as connection:
        conditions = chosen.conditions(user_id)
        if before is not None:
            conditions.append(Notification.position < before)
        found = _items().where(*conditions).order_by(Notification.position.desc())
        items, next_before = read_page(connection, found, limit, "position")
        sessions = running_sessions.by_message(connection, [item.message_id for item in items])
        return Listing(items, head_in(connection, user_id), next_before, sessions, _labels(connection, items))


def _labels(connection: Connection, items: Iterable[Item]) -> dict[int, str]:
    ids = [item.message_id for item in items if item.arrival is not None]
    if not ids:  # as a rule
        return {}
    found = select(Message.id, Category.label).join(Category, Category.id == Message.category_id)
    return {row.id: row.label for row in connection.execute(found.where(in_numbers(Message.id, ids)))}


def count(user_id: int, chosen: Filter) -> tuple[int, int]:
    """Count the matching notifications, and the unread among them."""
    unread = func.sum(case((Notification.status == Status.UNREAD, 1), else_=0))
    with database.read() as connection:
        shown = select(func.count(), unread).select_from(Notification).join(Message, Message.id == Notification.message_id)
        row = connection.execute(shown.where(*chosen.conditions(user_id))).one()
        return row[0], row[1] or 0


def types(user_id: int) -> list[str]:
    """List the message types in an inbox."""
    with database.read() as connection:
        found = select(Message.type).join(Notification, Notification.message_id == Message.id)
        return list(connection.scalars(found.where(Notification.user_id == user_id, IS_KEPT).distinct().order_by(Message.type)))


def get(user_id: int, public_id: str) -> tuple[Item, Head]:
    """Get one notification.

    Raises `NotFound` if it is deleted, belongs to another user, or does not exist.
    """
    with database.read() as connection:
        return one(connection, user_id, public_id), head_in(connection, user_id)


@database.retry_on_conflict
def set_status(user_id: int, public_id: str, status: Status) -> tuple[Item, Head]:
    """Set the status of one notification.

    Returns it and the head afterwards. Raises `NotFound` as `get`.
    """
    with database.write() as transaction:
        changes.lock(transaction, [user_id])
        row = Notification.id == one(transaction, user_id, public_id).row_id
        changed = changes.change(transaction, [row], status, own=True)
        after = transaction.execute(_items().where(row)).one(), head_in(transaction, user_id)
    publish_hints(changed)
    return after


def read_all(user_id: int, chosen: Filter) -> Changed:
    """Mark the unread notifications that `chosen` shows as read."""
    return _change_shown(user_id, Status.READ, [*chosen.conditions(user_id), Notification.status == Status.UNREAD])


def read_one(user_id: int, row_id: int) -> Changed:
    """Mark one notification as read if it still is unread. `row_id`: that of its item."""
    of_row = (Notification.id == row_id, Notification.user_id == user_id)
    return _change_shown(user_id, Status.READ, [*of_row, Notification.status == Status.UNREAD])


def set_status_of(user_id: int, public_ids: tuple[str, ...], status: Status) -> Changed:
    """Set the status of several notifications in one operation.

    Ids that are not in the inbox are left out.
    """
    chosen = Filter(everything=True, ids=public_ids)
    return _change_shown(user_id, status, [*chosen.conditions(user_id), Notification.status != status])


def clear(user_id: int, chosen: Filter) -> Changed:
    """Delete the notifications that `chosen` shows."""
    return _change_shown(user_id, Status.DELETED, chosen.conditions(user_id))


@database.retry_on_conflict
def _change_shown(user_id: int, status: Status, conditions: list[ColumnElement[bool]]) -> Changed:
    with database.write() as transaction:
        changes.lock(transaction, [user_id])
        shown = select(Notification.id).join(Message, Message.id == Notification.message_id).where(*conditions)
        ids = list(transaction.scalars(shown))
        changed = changes.change(transaction, [in_numbers(Notification.id, ids)], status, own=True)
        after = head_in(transaction, user_id)
    publish_hints(changed)
    return Changed(len(ids) if changed else 0, after)


def _items() -> Any:
    """The query for items, without conditions."""
    own = (
        Notification.id.label("row_id"),
        Notification.message_id,
        Notification.status,
        Notification.seq,
        Notification.position,
        Notification.answer,
        Notification.quiet,
        Notification.arrival,
        Notification.snoozed_until,
    )
    public_id = func.coalesce(Notification.public_id, Message.public_id).label("public_id")
    shown = [column for column in SHOWN_COLUMNS if column.name not in ("id", "public_id")]
    return select(*own, public_id, *shown).join(Message, Message.id == Notification.message_id)


def one(connection: Connection, user_id: int, public_id: str) -> Item:
    """As `get`, inside a transaction."""
    of_user = select(Notification.id).where(Notification.user_id == user_id)
    by_message = of_user.join(Message, Message.id == Notification.message_id).where(Message.public_id == public_id)
    found = union_all(by_message.where(Notification.public_id.is_(None)), of_user.where(Notification.public_id == public_id))
    item: Item | None = connection.execute(_items().where(Notification.id.in_(found), IS_KEPT)).one_or_none()
    if item is None:
        raise NotFound("There is no such notification in your inbox.")
    return item


def head_in(connection: Connection, user_id: int) -> Head:
    """As `head`, inside a transaction."""
    found = select(Inbox.seq, Inbox.unread, Installation.epoch).join(Installation, Installation.id == 1)
    row = connection.execute(found.where(Inbox.user_id == user_id)).one()
    return Head(row.seq, row.unread, row.epoch)
