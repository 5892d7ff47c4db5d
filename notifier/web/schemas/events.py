"""The data of the events of a user's stream."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from notifier.web.schemas.notifications import KeptStatus, Said, Status
from notifier.web.schemas.shape import Count, Shape, Standing


class Connected(Standing):
    """The first event: where the stream starts from."""

    user_id: str
    timestamp: AwareDatetime


class NotificationEvent(Said):
    """A notification that is new, or whose text was updated in place."""

    seq: Count
    unread_count: Count
    status: KeptStatus


class Moved(Shape):
    """One notification whose status changed."""

    id: str
    status: Status


class State(Standing):
    """Notifications whose status changed, in whatever tab or device."""

    changed: list[Moved]


class Heartbeat(Standing):
    """A sign of life, and where this stream stands."""

    timestamp: AwareDatetime
    connections: Count
    """Streams of this user that are open in this process."""


class Bye(Shape):
    """The server is about to close the stream."""

    reason: Literal["shutdown", "expired", "revoked", "rotated", "disabled"]
    retry_ms: Count
