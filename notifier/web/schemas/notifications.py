"""Notifications as lists and calls show them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime

from notifier.services.messages.content import AnyAction
from notifier.web.schemas.shape import Count, Shape, Standing

Priority = Literal["low", "normal", "high", "urgent"]
KeptStatus = Literal["unread", "read", "archived"]
Status = Literal["unread", "read", "archived", "deleted"]


class Said(Shape):
    """What all recipients of a message see alike."""

    id: str
    """The one that the sender was answered."""
    type: str
    priority: Priority
    title: str
    message: str
    metadata: dict[str, Any]
    actions: list[AnyAction]
    image_url: str | None
    related_session_id: str | None
    collapse_key: str | None
    created_at: AwareDatetime
    expires_at: AwareDatetime | None


class Notification(Said):
    """One notification of a list."""

    seq: Count
    """The operation that changed it last."""
    status: KeptStatus
    timestamp: AwareDatetime
    """The same as `created_at`."""


class NotificationNow(Said):
    """One notification, and where its inbox stands."""

    seq: Count
    """Of the inbox."""
    unread_count: Count
    status: Status
    timestamp: AwareDatetime
    """The same as `created_at`."""


class Changed(Standing):
    """What a call changed, and where the inbox stands after it."""

    changed: Count
    """How many notifications."""
