"""What senders are answered, and what is answered to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from notifier.web.schemas.shape import Count, Shape, Standing


def _not_null(schema: dict[str, Any]) -> None:
    del schema["anyOf"], schema["default"]
    schema |= {"type": "integer", "minimum": 1}


class Sent(Shape):
    """What became of a message."""

    id: str
    """The id that its recipients see."""
    recipients: Count
    seq: Annotated[int, Field(ge=1)] | None = Field(default=None, json_schema_extra=_not_null)
    """Of the recipient's inbox; only with exactly one recipient who has it already."""


class Delivery(Shape):
    """How far a message has come."""

    id: str
    recipients: Count
    delivered: Count
    state: Literal["under_way", "delivered", "withdrawn"]
    created_at: AwareDatetime
    """In the future while it is scheduled."""


class Withdrawn(Shape):
    """A message that is gone from every inbox."""

    id: str
    recipients: Count
    """How many it was for."""


class Reply(Shape):
    """What somebody answered."""

    id: str
    notification_id: str
    user: str
    """Who, by name."""
    text: str
    created_at: AwareDatetime


class Replied(Reply, Standing):
    """What one answered, and where one's inbox stands: the notification counts as read."""
