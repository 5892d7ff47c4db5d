"""A notification as somebody asks for it, checked. Every door that sends (API, form, command line, own code) comes through here."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from notifier.services import validation
from notifier.services.validation import Instant, Line, Link, Text

TITLE_LENGTH = 200
METADATA_BYTES = 8192


Audience = Annotated[
    Annotated[Line, Tag("<word>")] | Annotated[list[Line], Field(min_length=1, max_length=1000), Tag("<words>")],
    Discriminator(lambda value: "<words>" if isinstance(value, list) else "<word>"),
]


class Action(BaseModel):
    """A button under the notification."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)

    label: Annotated[Line, Field(min_length=1, max_length=60)]
    url: Link
    """http, https or a path of this site, up to 2048 characters."""


class ReplyAction(BaseModel):
    """A small form under the notification: what its reader answers goes to the sender."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)

    label: Annotated[Line, Field(min_length=1, max_length=60)]
    reply: Literal[True]


def _kind_of_action(value: Any) -> str:
    return "<reply>" if isinstance(value, ReplyAction) or (isinstance(value, dict) and "reply" in value) else "<link>"


AnyAction = Annotated[Annotated[Action, Tag("<link>")] | Annotated[ReplyAction, Tag("<reply>")], Discriminator(_kind_of_action)]


class Draft(BaseModel):
    """What is said, and to whom: one of `to` and `user_id`, and a `title` or a `message`."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)

    to: Audience | None = None
    """`user:NAME`, `group:NAME`, `role:NAME` or `all`, or a list of them. Whoever is named twice gets one."""
    user_id: Line | None = None
    """The one recipient, by id."""
    title: Annotated[Line, Field(max_length=TITLE_LENGTH)] | None = None
    """Where it is left out, the first line of `message`, cut."""
    message: Annotated[Text, Field(max_length=4000)] = ""
    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")] = "info"
    """`info`, `success`, `warning`, `error`, or a word of your own such as `video_complete`."""
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    metadata: dict[str, Any] = {}
    """Whatever your own pages need, up to 8 KiB as JSON."""
    actions: Annotated[list[AnyAction], Field(max_length=3)] = []
    image_url: Link | None = None
    """http, https or a path of this site, up to 2048 characters."""
    related_session_id: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """The session this is about."""
    collapse_key: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """Updates the same sender's earlier, unread one with this key in place: same id, moved to the top."""
    expires_at: Instant | None = None
    """When it leaves every inbox, in the future and within a year."""
    send_at: Instant | None = None
    """When to send it, within a year; in the past means now."""

    @field_validator("metadata")
    @classmethod
    def _small_and_plain(cls, value: dict[str, Any]) -> dict[str, Any]:
        plain: dict[str, Any] = validation.plain_json(value)
        if len(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()) > METADATA_BYTES:
            raise ValueError(f"must be at most {METADATA_BYTES} bytes as JSON")
        return plain

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.to is None) == (self.user_id is None):
            raise ValueError("to: give `to` or `user_id`, and not both")
        if not self.heading:
            raise ValueError("title: give a `title` or a `message`")
        if self.expires_at and self.send_at and self.expires_at <= self.send_at:
            raise ValueError("expires_at: must be after `send_at`")
        return self

    @property
    def named(self) -> list[str]:
        """The words of `to`."""
        return [self.to] if isinstance(self.to, str) else list(self.to or ())

    @property
    def heading(self) -> str:
        """The title, or the first line of the message that is not blank, cut."""
        if self.title and self.title.strip():
            return self.title
        first = next((line.strip() for line in self.message.split("\n") if line.strip()), "")
        first = first.replace("\t", " ")
        return first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1] + "…"
