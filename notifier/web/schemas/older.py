"""Notifications as the clients of older systems know them."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, RootModel

from notifier.web.schemas.notifications import Notification
from notifier.web.schemas.shape import Count, Shape


class History(Shape):
    """A page of the list as Vividly's clients ask for it."""

    items: list[Notification]
    next: str | None
    """The address of the next page, `null` on the last one."""
    unread_count: Count


class Entry(Shape):
    """A notification as NotifyHub's clients know it."""

    id: str
    message: str
    """The title, where there is no message."""
    timestamp: AwareDatetime


class Entries(RootModel[list[Entry]]):
    """The list of current notifications, newest first."""


class Tick(Shape):
    """A sign of life."""

    timestamp: AwareDatetime


class Envelope(Shape):
    """A message as Vividly's clients know it. The first one, of the type `connected`, has only a type and a time."""

    type: str
    user_id: str
    payload: dict[str, Any]
    """The notification's metadata, and its `title`."""
    timestamp: AwareDatetime
