"""The shapes of the answers, as `/openapi.json` describes them. The views do not use them: a test holds the two together."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, RootModel

from notifier.models.user import Role
from notifier.services.drafts import AnyAction

Count = Annotated[int, Field(ge=0)]
Priority = Literal["low", "normal", "high", "urgent"]
KeptStatus = Literal["unread", "read", "archived"]
Status = Literal["unread", "read", "archived", "deleted"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Standing(Shape):
    """Where an inbox stands. Of two such pairs the one with the higher `seq` is right."""

    unread_count: Count
    seq: Count


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


class User(Shape):
    """Somebody who can sign in."""

    id: str
    username: str
    role: Role


class Tokens(Shape):
    """What keeps somebody signed in."""

    access_token: str
    refresh_token: str
    """Good for one refresh; the answer carries the next one."""
    token_type: Literal["Bearer"]
    expires_in: Count
    """Seconds until the access token ends."""
    user: User


class Nothing(Shape):
    """An empty object."""


class FieldProblem(Shape):
    """What is wrong with one field."""

    field: str
    """A path such as `actions[0].url`."""
    detail: str


class Problem(Shape):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    """What to do about it, for people."""
    code: str
    """The same, for programs."""
    errors: list[FieldProblem]


class Health(Shape):
    """A sign of life."""

    status: Literal["ok"]


class Readiness(Shape):
    """Whether all is there that the server needs."""

    status: Literal["ready", "not ready"]
    checks: dict[str, str]
    """`ok`, or what is wrong, by part."""


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


class Progress(Shape):
    """How a session stands."""

    session_id: str
    status: str
    """`pending`, `stalled`, `processed`, `failed`, or a word of its creator's."""
    progress: Annotated[int, Field(ge=0, le=100)]
    message: str
    updated_at: AwareDatetime
    """When it was last heard of."""


class FailedProgress(Progress):
    """How a session stood when it failed."""

    error: str


class SessionStanding(Progress):
    """How a session stands, and what went wrong if it has failed."""

    error: str | None


class Session(SessionStanding):
    """A long job whose progress people watch."""

    id: str
    title: str
    owner: str
    viewers: list[str]
    silence_seconds: Annotated[int, Field(ge=1)]
    type: str | None
    actions: list[AnyAction]
    created_at: AwareDatetime
    ended_at: AwareDatetime | None


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
