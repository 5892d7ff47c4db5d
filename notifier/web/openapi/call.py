"""One call of the API: what it takes, what it answers and who may make it. The tables beside this file are made of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pydantic import BaseModel

from notifier.errors import Refused
from notifier.web.events.event import Event

JSON = "application/json"
PROBLEM = "application/problem+json"
EVENTS = "text/event-stream"


class Who(Enum):
    """Who may make a call, in words."""

    ANYBODY = "Anybody."
    USER = "Anybody signed in, for their own inbox; also an API key with the scope `read`, for its user's."
    SENDER = "Senders and admins; also an API key with the scope `send`."
    WATCHER = (
        "Its owner and its viewers, managers of a group that the owner is in, admins, and who made it; "
        "also an API key with the scope `read`, for its user, and one with the scope `send` for what it made."
    )
    SIGNED_IN = "Whoever holds the refresh token of the sign-in."
    OPERATOR = "The server's own machine, and whoever has `METRICS_TOKEN`. To anybody else it is not there."


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something beside the body. `where`: `path`, `query` or `header`. `schema`: JSON Schema."""

    name: str
    where: str
    description: str
    schema: Mapping[str, Any]
    example: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `model`: its shape, None where it has no body or one that is not JSON. `headers`: what they say, by name."""

    description: str
    model: Any = None
    example: Any = None
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """`name`: its `operationId` and its anchor on the page. `bodies`: examples of the request's body, by title.

    `answers` are those that are special to it. Refusals that follow from what it takes are added by `refusals`, those named in
    `refused` beside them.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    who: Who
    answers: Mapping[int, Answer]
    description: str = ""
    body: type[BaseModel] | None = None
    bodies: Mapping[str, Any] = field(default_factory=dict)
    query: type[BaseModel] | None = None
    parameters: tuple[Parameter, ...] = ()
    refused: tuple[type[Refused], ...] = ()
    uses_database: bool = True

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")
