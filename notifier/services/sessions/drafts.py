"""A new session and a report of its progress, validated.

API, client and code in the same process use the same models.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from notifier.models.identity import SUBJECT_LENGTH
from notifier.models.session import FAILED, PROCESSED
from notifier.services import field_texts
from notifier.services.messages.content import TITLE_LENGTH, Actions, Type
from notifier.services.validation import Line, StrictModel, Text
from notifier.services.visible_text import is_visible

DEFAULT_SILENCE_SECONDS = 900
"""The default time without a report after which a session counts as stalled."""

_DAY_SECONDS = 86_400
_MAX_NAME_LENGTH = len("id:") + SUBJECT_LENGTH


def _name(value: object) -> object:
    """`alice` and `user:alice` are the same."""
    return value.removeprefix("user:") if isinstance(value, str) else value


Name = Annotated[Line, BeforeValidator(_name), Field(min_length=1, max_length=_MAX_NAME_LENGTH)]
Message = Annotated[Text, Field(max_length=4000)]


class NewSession(StrictModel):
    """A session to create: its title, and who may watch it."""

    title: Annotated[Line, Field(min_length=1, max_length=TITLE_LENGTH)]
    owner: Name | None = None
    """The user whose job it is, by name or as `id:SUBJECT`. Where it is left out, the caller."""
    viewers: list[Name] = Field(max_length=100, default=[])
    """Other users who may watch, each by name or as `id:SUBJECT`."""
    id: Annotated[str, Field(pattern=field_texts.SESSION_ID)] | None = None
    """An id of your own, so that a request that got no answer can be sent again: if it was done, that is `409` (`session_exists`)."""
    silence_seconds: Annotated[int, Field(ge=1, le=7 * _DAY_SECONDS)] = DEFAULT_SILENCE_SECONDS
    """After so long without a report it shows as `stalled`, until the next report."""
    type: Type | None = None
    """Of the notification at its end, such as `video_complete`; if it fails, `video_failed`."""
    actions: Actions = Field(default=[])
    """Buttons under the notification at its end, when it was processed."""

    @model_validator(mode="after")
    def _title_not_blank(self) -> Self:
        if not is_visible(self.title):
            raise ValueError("title: must not be blank")
        return self


class Move(StrictModel):
    """A report of a session's progress."""

    status: Annotated[str, Field(pattern=field_texts.SESSION_STATUS)]
    """`processed`: it is complete; `failed`: it will not be. Any other name: it is running."""
    progress: Annotated[int, Field(ge=0, le=100)] | None = None
    """In percent. Where it is left out, as it was; at the end of a complete one 100."""
    message: Message | None = None
    """Where it is left out, as it was."""
    error: Message | None = None
    """What went wrong; only with `failed`."""
    type: Type | None = None
    """Of the notification of this end, instead of the one the session was made with."""
    actions: Actions | None = None
    """Buttons under the notification of this end, instead of those the session was made with."""

    @property
    def ends(self) -> bool:
        """Whether the session ends with this report."""
        return self.status in (PROCESSED, FAILED)

    @model_validator(mode="after")
    def _only_at_the_end(self) -> Self:
        if self.error and self.status != FAILED:
            raise ValueError("error: only with the status `failed`")
        for name in ("type", "actions"):
            if getattr(self, name) is not None and not self.ends:
                raise ValueError(f"{name}: only with the status `processed` or `failed`")
        return self
