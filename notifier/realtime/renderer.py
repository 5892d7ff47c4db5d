"""What the feed asks of a renderer, and the shapes it is given. HTML and JSON, and the doors of older systems, are renderers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol


class Change(NamedTuple):
    """One notification as it is now. `seq`: the operation that changed it last; `body_seq`: the one that brought its text.

    `public_id`: the id it bears, where that is not its message's. `position`: its place in lists, the greatest first.
    `changed_at`: for `SnapshotReader.age`.
    """

    seq: int
    body_seq: int
    status: str
    message_id: int
    public_id: str | None = None
    position: int = 0
    changed_at: object = None

    def kind(self, after: int) -> str:
        """What somebody who stands at `after` is told by it: text that is new to them, or how things stand with what they know."""
        return "notification" if self.body_seq > after and self.status != "deleted" else "state"


@dataclass(slots=True)
class Page:
    """One inbox in a snapshot: head, counts and what changed after the cursor asked for.

    `behind` counts the changes, up to one more than the limit; `changes` is None when they were not read in this snapshot.
    `access` goes up when something may have ended the right of the user's streams to be open. `sessions`: the user's that are under way.
    """

    seq: int
    unread: int
    floor: int
    behind: int
    access: int
    changes: Sequence[Change] | None = None
    sessions: Sequence[int] = ()


@dataclass(slots=True)
class Snapshot:
    """What one read found, `pages` by user and `messages` by `message_id`. `rendered` is where renderers keep what they can reuse.

    `sessions`: by `message_id`, how the session stands that a message tells of, while it is under way.

    `replay`: its changes are what a stream missed before it began, and no news.
    """

    epoch: str
    pages: Mapping[int, Page]
    messages: Mapping[int, Any]
    sessions: Mapping[int, Any] = field(default_factory=dict)
    rendered: dict[Any, bytes] = field(default_factory=dict)
    replay: bool = False


class Session(NamedTuple):
    """How a progress session stands. `version` goes up with every change; `shown` is what renderers draw."""

    version: int
    ended: bool
    epoch: str
    shown: Any


class ProgressRenderer(Protocol):
    """Turns what happened into bytes of the event stream. Pure: no I/O and no state beyond what one snapshot lends it."""

    def progress(self, session: Session) -> bytes:
        """How a session stands now: the one that the stream is for, or one of its user's."""

    def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
        """A sign of life for the client's watchdog; empty where the format has none."""

    def bye(self, reason: str, retry_ms: int) -> bytes:
        """The server is about to close the stream."""


class Renderer(ProgressRenderer, Protocol):
    """The same for a user's stream, which tells of their inbox too."""

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        """The first event. `seq` is the cursor the stream starts from, or None before a `reset`."""

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        """All `changes` after the cursor `after`, in order of `seq`; `id:` only on the last event of each `seq`."""

    def reset(self, epoch: str, page: Page) -> bytes | None:
        """The client cannot be caught up and has to load its list anew. None where it does so by connecting: the stream ends."""
