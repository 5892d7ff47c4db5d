"""Reports on sent messages: lists, receipts, and the recipients who have not read one.

Counted from the rows themselves.
Rows are counted some thousand at a time, and other greenlets run in between: a message to 100,000 people stops no stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from notifier import database
from notifier.errors import NotFound, shown
from notifier.models import ApiKey, Message, Notification, User
from notifier.models.notification import Status
from notifier.realtime.yielding import yield_once
from notifier.services import permissions
from notifier.services.messages import send
from notifier.services.pagination import read_page
from notifier.services.validation import name_key

_COUNT_BATCH_SIZE = 5000
_PAGE_SIZE = 500
_BEFORE_FIRST = -1
_DELETED = {"user": "deleted user", "key": "deleted key"}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of messages, newest first. `before`: the cursor of the next page, or None."""

    rows: list[Any]
    before: int | None


@dataclass(frozen=True, slots=True)
class Receipts:
    """Numbers of recipients who have a row of the message, keep it, saw, read and clicked it.

    `rows` may be smaller than the number delivered: a later message with the same collapse key takes rows over.
    """

    rows: int = 0
    kept: int = 0
    seen: int = 0
    read: int = 0
    clicked: int = 0


@dataclass(frozen=True, slots=True)
class Unread:
    """A page of recipients who have not read a message, by user id.

    `after`: the cursor of the next page, or None.
    """

    rows: list[Any]
    after: int | None


def listing(sender: str | None, query: str = "", *, limit: int, before: int | None = None) -> Page:
    """List the messages of `sender`, None for those of all senders.

    `query`: the start of the title.
    """
    found = select(Message.__table__).order_by(Message.id.desc())
    if sender is not None:
        found = found.where(Message.sender == sender)
    if before is not None:
        found = found.where(Message.id < before)
    if query:
        found = found.where(Message.title.istartswith(query, autoescape=True))
    with database.read() as connection:
        return Page(*read_page(connection, found, limit, "id"))


def get(public_id: str, sender: str | None) -> Any:
    """Get the row of a message.

    Raises `NotFound` unless `sender` sent it; None is for a message of any sender.
    """
    with database.read() as connection:
        return one(connection, public_id, sender)


def one(connection: Connection, public_id: str, sender: str | None) -> Any:
    """As `get`, inside a transaction."""
    row = connection.execute(select(Message.__table__).where(Message.public_id == public_id)).one_or_none()
    if row is None or not permissions.may_steer(sender, row.sender):
        raise NotFound("There is no such message of yours.")
    return row


def receipts(message: Any) -> Receipts:
    """Count the receipts of a message, a row of `get`, and add those of rows that were swept up."""
    columns = (Notification.user_id, Notification.status, Notification.seen_at, Notification.read_at, Notification.clicked_at)
    total, after = [message.swept, 0, message.swept_seen, message.swept_read, message.swept_clicked], _BEFORE_FIRST
    while True:
        some = select(*columns).where(Notification.message_id == message.id, Notification.user_id > after)
        rows = some.order_by(Notification.user_id).limit(_COUNT_BATCH_SIZE).subquery()
        kept = func.count().filter(rows.c.status != Status.DELETED)
        counts = (func.count(), kept, func.count(rows.c.seen_at), func.count(rows.c.read_at), func.count(rows.c.clicked_at))
        with database.read() as connection:
            *counted, last = connection.execute(select(*counts, func.max(rows.c.user_id))).one()
        total = [old + new for old, new in zip(total, counted, strict=True)]
        if counted[0] < _COUNT_BATCH_SIZE:
            return Receipts(*total)
        after = last
        yield_once()


def unread(message_id: int, *, limit: int, after: int = _BEFORE_FIRST) -> Unread:
    """List recipients who have not read a message: `user_id`, `name`, `seen_at`, `status`."""
    shown = (Notification.user_id, User.name, Notification.seen_at, Notification.status)
    found = select(*shown).join(User, User.id == Notification.user_id).where(_is_unread(message_id), Notification.user_id > after)
    with database.read() as connection:
        return Unread(*read_page(connection, found.order_by(Notification.user_id), limit, "user_id"))


def all_unread(message_id: int) -> Iterator[Any]:
    """As `unread` for all recipients, read page by page while the caller iterates."""
    after: int | None = _BEFORE_FIRST
    while after is not None:
        page = unread(message_id, limit=_PAGE_SIZE, after=after)
        yield from page.rows
        after = page.after
        yield_once()


def recipient(message_id: int, name: str) -> tuple[Any, Any]:
    """Get the user `name`, and their row of the message or None.

    Raises `NotFound` if there is no such user.
    """
    with database.read() as connection:
        user = connection.execute(select(User.id, User.name, User.disabled_at).where(User.name_key == name_key(name))).one_or_none()
        if user is None:
            raise NotFound(f"There is no user {shown(name)}.")
        row = select(Notification.__table__).where(Notification.message_id == message_id, Notification.user_id == user.id)
        return user, connection.execute(row).one_or_none()


def names(senders: Iterable[str]) -> dict[str, str]:
    """Map senders (`user:ID`, `key:ID` or `local`) to the names to show.

    Those that were deleted have one name.
    """
    found = {send.LOCAL_SENDER: "this machine"}
    wanted = set(senders)
    with database.read() as connection:
        for kind, table in (("user", User), ("key", ApiKey)):
            ids = [int(sender.partition(":")[2]) for sender in wanted if sender.startswith(f"{kind}:")]
            rows = connection.execute(select(table.id, table.name).where(table.id.in_(ids))) if ids else ()
            found |= {f"{kind}:{row.id}": row.name for row in rows}
    return {sender: found.get(sender) or _DELETED.get(sender.partition(":")[0], sender) for sender in wanted}


def _is_unread(message_id: int) -> ColumnElement[bool]:
    return and_(Notification.message_id == message_id, Notification.read_at.is_(None))
