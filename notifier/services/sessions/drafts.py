"""A progress session as somebody asks for it, and a move of it, checked. API, client and own code all come through here."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from notifier.models.session import FAILED, PROCESSED
from notifier.services.messages.content import TITLE_LENGTH, Actions, Type
from notifier.services.validation import Line, Text

SILENCE_SECONDS = 900
"""After so long without a word a session counts as stalled, unless its creator says otherwise."""

_DAY = 86_400


def _name(value: object) -> object:
    """`alice` and `user:alice` are the same."""
    return value.removeprefix("user:") if isinstance(value, str) else value


Name = Annotated[Line, BeforeValidator(_name), Field(min_length=1, max_length=64)]
Message = Annotated[Text, Field(max_length=4000)]


class NewSession(BaseModel):
    """What is to be watched, and by whom."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)

    title: Annotated[Line, Field(min_length=1, max_length=TITLE_LENGTH)]
    owner: Name | None = None
    """Whose job it is, by name. Where it is left out, whoever asks."""
    viewers: Annotated[list[Name], Field(max_length=100)] = []
    """Who else may watch, by name."""
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.~-]{0,63}$")] | None = None
    """An id of your own, so that a request that got no answer can be sent again: if it was done, that is `409` (`session_exists`)."""
    silence_seconds: Annotated[int, Field(ge=1, le=7 * _DAY)] = SILENCE_SECONDS
    """After so long without a word it shows as `stalled`, until it speaks again."""
    type: Type | None = None
    """Of the notification at its end, such as `video_complete`; if it fails, `video_failed`."""
    actions: Actions = []
    """Buttons under the notification at its end, when it was processed."""

    @model_validator(mode="after")
    def _titled(self) -> Self:
        if not self.title.strip():
            raise ValueError("title: must not be blank")
        return self


class Move(BaseModel):
    """Where a session stands now."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)

    status: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    """`processed`: it is complete; `failed`: it is not going to be. Any other word of yours: it is under way."""
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
        return self.status in (PROCESSED, FAILED)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.error and self.status != FAILED:
            raise ValueError("error: only with the status `failed`")
        for name in ("type", "actions"):
            if getattr(self, name) is not None and not self.ends:
                raise ValueError(f"{name}: only with the status `processed` or `failed`")
        return self
