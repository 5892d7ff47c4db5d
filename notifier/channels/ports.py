"""What a channel is given and what it answers.

The outbox knows no more about a channel than this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from notifier.channels.one_line import one_line

MAX_ANSWER_LENGTH = 300


class Kind(StrEnum):
    """What a delivery brings: a notification, a digest of several, or the channel itself."""

    MESSAGE = "message"
    DIGEST = "digest"
    CONFIRM = "confirm"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Link:
    """A link, by its full address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """One notification as its recipient is shown it.

    `at`: when it was sent, in the recipient's zone. `asks`: it can be answered, in the inbox.
    """

    id: str
    type: str
    priority: str
    title: str
    text: str
    category: str
    at: str
    url: str
    links: tuple[Link, ...] = ()
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser's address at its push service, with its public key and secret in base64url."""

    endpoint: str
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Inbox:
    """A user's inbox: how many are unread, and the ids of the newest of them."""

    unread: int
    newest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One attempt of a delivery.

    `id`: the delivery's, the same at each repetition. `target`: where it goes on this channel. `more`: further items that are not
    listed. `thread`: what belongs together. `list_id`, `category`: slug and label of its category. `unsubscribe`: the address that stops
    it, empty where that is not possible. `confirm`: the address that confirms the target.
    `device`, `inbox`: of a push. `address`: of a destination, a secret. `user`: empty there. `ends_at`: when its notification expires.
    """

    id: str
    kind: Kind
    target: str
    user: str
    settings: str
    items: tuple[Item, ...] = ()
    more: int = 0
    thread: str = ""
    list_id: str = ""
    category: str = ""
    frequency: str = ""
    unsubscribe: str = ""
    confirm: str = ""
    device: Subscription | None = None
    inbox: Inbox | None = None
    address: str = field(default="", repr=False)
    ends_at: datetime | None = None


class Result(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    """The service has taken it."""
    LATER = "later"
    """Not now: it is tried again, and the attempt counts."""
    REFUSED = "refused"
    """Never: it is not tried again."""
    UNREACHABLE = "unreachable"
    """The service cannot be used: all deliveries wait, and the attempt does not count."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an attempt.

    `answer`: the service's own text, on one line of at most `MAX_ANSWER_LENGTH` characters. `bad_target`: the refusal is about the target;
    `gone`: which exists no more. `retry_after`: how long the service asked to wait.
    """

    result: Result
    answer: str
    bad_target: bool = False
    gone: bool = False
    retry_after: timedelta | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "answer", one_line(self.answer, MAX_ANSWER_LENGTH))


class Channel(Protocol):
    """A way to send deliveries.

    `send` is called by several greenlets at once, and is interrupted after 60 s.
    """

    @property
    def name(self) -> str:
        """The name in the tables, the metrics and the settings of users."""

    @property
    def rate(self) -> str | None:
        """The setting that bounds how many are sent, None without a bound."""

    @property
    def to_users(self) -> bool:
        """Whether it goes to each recipient by their choices, or once to a target that admins have set."""

    @property
    def waits(self) -> timedelta | None:
        """How long a delivery waits for its notification to be read. None: its category decides.

        Those that are urgent do not wait where it is not the category that decides.
        """

    def load(self) -> None:
        """Load what `send` needs and what takes long to load. Called in a thread before the first `send`."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Make one attempt. Raises nothing that the service or the network may cause."""

    def close(self) -> None:
        """Close idle connections. A later `send` opens others."""
