"""A message as its sender gets it: the answer to a send, its delivery, and the replies to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from notifier.services.messages.audience_chunks import Progress
from notifier.services.messages.send import Sent as Accepted
from notifier.web.http.json_answers import Column, Count, ResponseModel
from notifier.web.presenters.notification import InboxHead


def _not_null(schema: dict[str, Any]) -> None:
    del schema["anyOf"], schema["default"]
    schema |= {"type": "integer", "minimum": 1}


class Sent(ResponseModel):
    """A message that was accepted."""

    id: str = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    """The id that its recipients see."""
    recipients: Count = Field(examples=[1])
    seq: Annotated[int, Field(ge=1)] | None = Field(default=None, json_schema_extra=_not_null)
    """Of the recipient's inbox; only with exactly one recipient who has it already."""


def sent_values(sent: Accepted) -> dict[str, Any]:
    """The fields of a `Sent`; `seq` is left out where there is none."""
    fields = {"id": sent.id, "recipients": sent.recipients}
    return fields if sent.seq is None else fields | {"seq": sent.seq}


class Delivery(ResponseModel):
    """How many recipients of a message have it."""

    id: str = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    recipients: Count = Field(examples=[10000])
    delivered: Count = Field(examples=[4500])
    state: Literal["under_way", "delivered", "withdrawn"]
    created_at: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])
    """In the future while it is scheduled."""


def delivery_state(found: Progress) -> Delivery:
    """The delivery of a message, by the number of recipients that have it."""
    state: Literal["under_way", "delivered"] = "delivered" if found.delivered == found.recipients else "under_way"
    return Delivery(
        id=found.id,
        recipients=found.recipients,
        delivered=found.delivered,
        state="withdrawn" if found.withdrawn_at else state,
        created_at=found.created_at,
    )


class Withdrawn(ResponseModel):
    """A message that was removed from every inbox."""

    id: str = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    recipients: Count = Field(examples=[3])
    """How many it was sent to."""


class Reply(ResponseModel):
    """A recipient's reply to a notification."""

    id: Annotated[str, Column("public_id")] = Field(examples=["0198c0de-9999-7c3d-8e4f-5a6b7c8d9e0f"])
    notification_id: str = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    user: Annotated[str, Column("name")] = Field(examples=["alice"])
    """The name of the user who replied."""
    text: str = Field(examples=["The second one"])
    created_at: AwareDatetime = Field(examples=["2026-01-01T10:02:00.000Z"])


class Replied(Reply, InboxHead):
    """The caller's reply, and their inbox after it: the notification counts as read."""
