"""What a delivery brings, read from the database when it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from notifier import database
from notifier.channels.ports import Item, Kind, Link, Outgoing
from notifier.models import Category, Message, Notification, User
from notifier.services.outbox import digest_content, link_tokens, links, post_content, push_content, targets
from notifier.services.outbox.claimed import Claimed
from notifier.services.preferences.attention import zone_of

_OTHER = "Everything else"


@dataclass(frozen=True, slots=True)
class Content:
    """`seq`: of a digest's inbox, up to which its content goes."""

    outgoing: Outgoing
    seq: int | None = None


def read(claimed: Claimed) -> Content | None:
    """The content of a claimed delivery. None if there is nothing to send any more."""
    with database.read() as connection:
        if claimed.user_id is None:
            post = post_content.read(connection, claimed)
            return None if post is None else Content(post)
        user = _USER.first(connection, user=claimed.user_id)
        if user is None:
            return None
        about = push_content.read(connection, claimed) if claimed.channel == targets.PUSH else {}
        if about is None:
            return None
        if claimed.kind == Kind.DIGEST:
            return _digest(connection, claimed, user)
        if claimed.kind == Kind.MESSAGE:
            return _message(connection, claimed, user, about)
    confirm = ""
    if claimed.kind == Kind.CONFIRM:
        confirm = links.page(f"{links.CONFIRM_PATH}/{link_tokens.confirm(user.public_id, claimed.target)}")
    return Content(Outgoing(**_common(claimed, user), **about, confirm=confirm))


def _message(connection: Connection, claimed: Claimed, user: Any, more: Mapping[str, Any]) -> Content | None:
    row = _ITEM.first(connection, message=claimed.message_id, user=claimed.user_id)
    if row is None:
        return None
    about = _of_category(claimed, user, row) | {"thread": row.thread or ""}
    return Content(Outgoing(**_common(claimed, user), **about, **more, ends_at=row.ends_at, items=(_item(row, _zone(user)),)))


def _digest(connection: Connection, claimed: Claimed, user: Any) -> Content | None:
    assert claimed.digest_id is not None
    news = digest_content.read(connection, claimed.digest_id, items())
    if news is None:
        return None
    listed = tuple(_item(row, _zone(user)) for row in news.rows)
    # A link that stops one category would not stop a digest of several.
    about = _of_category(claimed, user, news.rows[0]) if len({row.slug for row in news.rows}) == 1 and not news.more else {}
    return Content(Outgoing(**_common(claimed, user), **about, items=listed, more=news.more, frequency=news.frequency), news.seq)


def _of_category(claimed: Claimed, user: Any, row: Any) -> dict[str, Any]:
    """The category of a row of `items`, with the address that stops it, unless it is locked."""
    slug, stop = row.slug or "other", ""
    if not row.locked:
        stop = links.page(f"{links.UNSUBSCRIBE_PATH}/{link_tokens.unsubscribe(user.public_id, slug, claimed.channel)}")
    return {"list_id": slug, "category": row.label or _OTHER, "unsubscribe": stop}


def items() -> Select[Any]:
    """The query for notifications with their messages and categories, without conditions."""
    message = (Message.type, Message.priority, Message.title, Message.text, Message.actions, Message.created_at, Message.ends_at)
    about = (func.coalesce(Message.thread, Message.related_session_id).label("thread"), Category.slug, Category.label, Category.locked)
    shown_id = func.coalesce(Notification.public_id, Message.public_id).label("shown_id")
    found = select(shown_id, *message, *about).join(Message, Message.id == Notification.message_id)
    return found.outerjoin(Category, Category.id == Message.category_id)


_USER = database.Prepared(select(User.__table__).where(User.id == bindparam("user")))
_ITEM = database.Prepared(items().where(Notification.message_id == bindparam("message"), Notification.user_id == bindparam("user")))


def _common(claimed: Claimed, user: Any) -> dict[str, Any]:
    settings = links.page(links.SETTINGS_PATH)
    return {
        "id": claimed.public_id,
        "kind": Kind(claimed.kind),
        "target": claimed.target,
        "user": user.label or user.name,
        "settings": settings,
    }


def _item(row: Any, zone: tzinfo) -> Item:
    actions = tuple(
        Link(action["label"], links.page(f"{links.ACTION_PATH}/{row.shown_id}/{index}"))
        for index, action in enumerate(row.actions)
        if isinstance(action, Mapping) and "url" in action
    )
    title = " ".join(row.title.split())
    shown = (row.type, row.priority, title, row.text, row.label or _OTHER, _local(row.created_at, zone))
    asks = any(isinstance(action, Mapping) and action.get("reply") for action in row.actions)
    return Item(row.shown_id, *shown, links.page(links.INBOX_PATH), actions, asks)


def _zone(user: Any) -> tzinfo:
    return zone_of(user.time_zone, user.browser_zone)


def _local(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"
