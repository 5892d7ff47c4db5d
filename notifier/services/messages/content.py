"""The content of a message, validated.

A new field of a message comes in here: each is stored in the column of its name.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator, model_validator

from notifier.services import field_texts
from notifier.services.validation import Instant, Line, Link, StrictModel, Text, plain_json, visible
from notifier.services.visible_text import first_visible_line, is_visible, search_form

TITLE_LENGTH = 200
METADATA_BYTES = 8192
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # `json.dumps` would make one for each call


_Label = Annotated[Line, Field(min_length=1, max_length=60), AfterValidator(visible)]


class Action(StrictModel):
    """A button under the notification."""

    label: _Label
    url: Link
    """http, https or a path of this site, up to 2048 characters."""


class ReplyAction(StrictModel):
    """A small form under the notification: the recipient's answer goes to the sender."""

    label: _Label
    reply: Literal[True]


def _kind_of_action(value: Any) -> str:
    return "<reply>" if isinstance(value, ReplyAction) or (isinstance(value, dict) and "reply" in value) else "<link>"


AnyAction = Annotated[Annotated[Action, Tag("<link>")] | Annotated[ReplyAction, Tag("<reply>")], Discriminator(_kind_of_action)]
Actions = Annotated[list[AnyAction], Field(max_length=3)]
Type = Annotated[str, Field(pattern=field_texts.TYPE)]


class Content(StrictModel):
    """What a notification shows: a `title` or a `message`, and what belongs to it."""

    title: Annotated[Line, Field(max_length=TITLE_LENGTH)] | None = None
    """Where it is left out, the first line of `message`, cut."""
    message: Annotated[Text, Field(max_length=4000)] = ""
    type: Type = "info"
    """`info`, `success`, `warning`, `error`, or a type of your own such as `video_complete`."""
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    metadata: dict[str, Any] = Field(default_factory=dict, json_schema_extra={"default": {}})
    """Whatever your own pages need, up to 8 KiB as JSON."""
    actions: Actions = Field(default_factory=list, json_schema_extra={"default": []})
    image_url: Link | None = None
    """http, https or a path of this site, up to 2048 characters."""
    related_session_id: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """The session this is about."""
    collapse_key: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """Updates the same sender's earlier, unread one with this key in place: same id, moved to the top."""
    thread: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """What its recipients can mute as one; by default `related_session_id`."""
    expires_at: Instant | None = None
    """When it leaves every inbox, in the future and within a year."""

    @field_validator("metadata")
    @classmethod
    def _plain_and_small(cls, value: dict[str, Any]) -> dict[str, Any]:
        plain: dict[str, Any] = plain_json(value)
        if len(_compact(plain).encode()) > METADATA_BYTES:
            raise ValueError(f"must be at most {METADATA_BYTES} bytes as JSON")
        return plain

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.heading:
            raise ValueError("title: give a `title` or a `message`")
        return self

    @property
    def heading(self) -> str:
        """The title, or the first visible line of the message.

        The line is used where the title has nothing to see, and is cut between characters.
        """
        if self.title and is_visible(self.title):
            return self.title
        return first_visible_line(self.message, TITLE_LENGTH)

    def columns(self) -> dict[str, Any]:
        """The values of a row of `messages`, by attribute of `Message`."""
        heading = self.heading
        same_name = {name: getattr(self, name) for name in _SAME_NAME} | {"actions": [action.model_dump() for action in self.actions]}
        texts = {"title": heading, "text": self.message, "search_text": search_form(f"{heading}\n{self.message}")}
        return same_name | texts | {"data": self.metadata, "thread": self.thread or self.related_session_id}


_SAME_NAME = tuple(Content.model_fields.keys() - {"title", "message", "metadata", "actions"})
