"""Interfaces of this package to the rest: the bus, the database, and the wire formats."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from notifier.realtime.snapshot import Change, Page, Session, Snapshot


class HintReceiver(Protocol):
    """Receives the hints of a bus: the feed."""

    def mark(self, topics: Iterable[str]) -> None:
        """Queue topics for the next pass. Topics without subscribers in this process are ignored."""

    def poll_soon(self) -> None:
        """Poll at the next opportunity, because hints may have been lost."""


class Bus(Protocol):
    """Carries hints between processes.

    It may lose, repeat and reorder them: a hint only saves waiting for the poll.
    """

    @property
    def tasks(self) -> Sequence[Callable[[], None]]:
        """Endless functions that a process with streams runs in a greenlet each."""

    def publish(self, topics: Iterable[str]) -> None:
        """Announce that `topics` changed.

        To be called after the commit; returns at once and never raises.
        """

    def update_subscription(self, topic: str) -> None:
        """Subscribe to `topic` if it has streams in this process, unsubscribe if it has none any more."""

    def state(self) -> str:
        """`ok`, or a text that tells the operator what is wrong."""


class SessionReader(Protocol):
    """The database as the session feed reads it. Each call may raise `Unavailable`."""

    def good(self, grants: Collection[object]) -> Collection[object]:
        """The subset of `grants` that has not been revoked."""

    def sessions(self, ids: Sequence[int]) -> Mapping[int, Session]:
        """The sessions with these ids, in one snapshot. Ids that do not exist are left out."""


class SnapshotReader(SessionReader, Protocol):
    """The database as the feed reads it. Each call may raise `Unavailable`."""

    def moved(self) -> bool:
        """Whether anything was committed since the last call; cheap."""

    def serving(self) -> bool:
        """Whether streams are switched on."""

    def changed(self, most: int) -> Sequence[tuple[int, int, int]] | None:
        """(user id, seq, access) of each inbox that changed since the last call.

        None when that is not known, and where they are more than `most`.
        """

    def heads(self, user_ids: Sequence[int]) -> Iterable[tuple[int, int, int]]:
        """(user id, seq, access) of each of these inboxes."""

    def settings(self, user_id: int) -> object | None:
        """The settings of a user that open pages show; None for one who is gone."""

    def age(self, changed_at: object) -> float:
        """Seconds since a change was written, by wall clock."""

    def read(self, wants: Sequence[tuple[int, int]], limit: int, *, listed: bool) -> Snapshot:
        """One snapshot for pairs of (user id, cursor), with at most `limit` changes behind each cursor.

        `listed`: whether pages have that count, which takes time.
        """


class ProgressRenderer(Protocol):
    """Turns the state of a session into bytes of one wire format.

    Pure: no I/O, no state beyond a snapshot's cache. What returns empty bytes here is an event that a format may do without.
    """

    def progress(self, session: Session) -> bytes:
        """The event for a session as it is now."""
        return b""

    def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
        """A sign of life for the client's watchdog."""
        return b""

    def bye(self, reason: str, retry_ms: int) -> bytes:
        """The last event before the server closes the stream."""


class Renderer(ProgressRenderer, Protocol):
    """A renderer for a user's stream, with the events of the inbox too.

    `shows_listed`: whether it shows `Page.listed`.
    """

    shows_listed: bool = False

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        """The first event. `seq` is the cursor the stream starts from, or None before a `reset`."""

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        """Events for `changes` after the cursor `after`, in order of `seq`.

        Only the last event of each `seq` has an `id:`.
        """

    def settings(self, settings: object) -> bytes:
        """What open pages show of the user's settings.

        Sent when they may have changed. `settings`: as `SnapshotReader.settings` has read them.
        """
        return b""

    def reset(self, epoch: str, page: Page) -> bytes | None:
        """The event that has the client reload its list.

        None where clients reload by reconnecting: the stream is ended.
        """
