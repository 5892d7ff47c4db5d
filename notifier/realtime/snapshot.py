"""Data that the feed reads from the database and passes to renderers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Change(NamedTuple):
    """One notification as it is now.

    `seq`: its last change; `body_seq`: the last change of its content.
    `public_id`: its id, where that is not its message's. `position`: its sort key in lists, the greatest first.
    `changed_at`: for `SnapshotReader.age`. `answer`: the user's reply to its question.
    `quiet`: without toast and sound. `arrival`: why it was quiet or archived when it arrived. `snoozed_until`: set once it was snoozed.
    """

    seq: int
    body_seq: int
    status: str
    message_id: int
    public_id: str | None = None
    position: int = 0
    changed_at: object = None
    answer: str | None = None
    quiet: bool = False
    arrival: str | None = None
    snoozed_until: object = None

    def kind(self, after: int) -> str:
        """The event for a client at the cursor `after`.

        `notification` if the content is new to it, `state` otherwise.
        """
        return "notification" if self.body_seq > after and self.status != "deleted" else "state"


@dataclass(slots=True)
class Page:
    """One inbox in a snapshot: head, counts and the changes after the requested cursor.

    `behind` counts the changes, beyond the limit not always all; `changes` is None when they were not read in this snapshot.
    `access` is raised by every revocation that may end streams of the user. `sessions`: ids of the user's sessions under way.
    `listed`: the number of notifications that are neither archived, snoozed nor deleted, where it was asked for.
    """

    seq: int
    unread: int
    floor: int
    access: int
    listed: int = 0
    behind: int = 0
    changes: Sequence[Change] | None = ()
    sessions: Sequence[int] = ()


@dataclass(slots=True)
class Snapshot:
    """One consistent read: `pages` by user id, `messages` by message id.

    `sessions`: by message id, the session that the message is about, while it is under way.
    `rendered`: a cache for renderers, valid for this snapshot.
    `replay`: the changes are from before the stream was opened, so renderers do not announce them as new.
    """

    epoch: str
    pages: Mapping[int, Page]
    messages: Mapping[int, Any]
    sessions: Mapping[int, Any] = field(default_factory=dict)
    rendered: dict[Any, bytes] = field(default_factory=dict)
    replay: bool = False


class Session(NamedTuple):
    """A progress session as it is now.

    `version` goes up with every change; `shown` is what renderers draw.
    """

    version: int
    ended: bool
    epoch: str
    shown: Any
