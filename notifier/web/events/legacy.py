"""The streams of older systems in the formats of their clients, as bytes.

Both are renderers of the same changes.
Neither format has a notation for a status or for progress: what was read, archived or deleted elsewhere is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, Field, RootModel

from notifier.models.notification import OUT_OF_LISTS, Status
from notifier.realtime.ports import Renderer
from notifier.realtime.snapshot import Change, Page, Snapshot
from notifier.realtime.sse import Cursor, encode
from notifier.services.inbox.inbox import Item
from notifier.web.events.event import Event
from notifier.web.http.json_answers import ResponseModel, event_data
from notifier.web.presenters.notification import public_id

_RETRY_MS = 1000
_HIDDEN = (*OUT_OF_LISTS, Status.DELETED)


class Entry(ResponseModel):
    """A notification in NotifyHub's format."""

    id: str = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    message: str = Field(examples=["Your audio is ready"])
    """The title, where there is no message."""
    timestamp: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])


class Entries(RootModel[list[Entry]]):
    """The list of current notifications, newest first."""


class Tick(ResponseModel):
    """A sign of life."""

    timestamp: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])


class Envelope(ResponseModel):
    """A message in Vividly's format.

    The first one, of the type `connected`, has only a type and a time.
    """

    type: str = Field(examples=["video_complete"])
    user_id: str = Field(examples=["0198c0de-1111-7c3d-8e4f-5a6b7c8d9e0f"])
    payload: dict[str, Any] = Field(examples=[{"content_id": "7", "video_url": "/video/7", "title": "Video Ready!"}])
    """The notification's metadata, and its `title`."""
    timestamp: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])


NOTIFYHUB_EVENTS = {
    "init": Event(Entries, "The first event of each connection: the current notifications, newest first."),
    "notification": Event(
        Entry,
        "New, or updated in place, or back in the list: then `id` is the id, a point and a number, so that it differs from those before.",
    ),
    "heartbeat": Event(Tick, "A sign of life, by default every 30 seconds.", has_id=False),
}
VIVIDLY_EVENTS = {"message": Event(Envelope, "New, or updated in place. Without a name, as all messages here.")}


class NotifyHubEvents(Renderer):
    """The events of NotifyHub.

    Its clients replace their list on each connection: `init` holds all current notifications. So a stream starts where that list was
    read, whatever cursor the client sends, and a stream that cannot be resumed ends, so that the client reconnects and gets a new list.
    """

    @staticmethod
    def init(items: Iterable[Item], cursor: Cursor, most_bytes: int) -> bytes:
        """The event before those of the feed: of `items`, newest first, as many as fit into `most_bytes`."""
        shown: list[str] = []
        for row in items:
            shown.append(event_data(_entry(row.public_id, row)))
            most_bytes -= len(shown[-1]) + 1
            if most_bytes < 0:
                shown.pop()
                break
        return encode(f"[{','.join(shown)}]", event="init", id=str(cursor), retry=_RETRY_MS)

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        return b""

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        return _new_content(changes, after, snapshot, lambda change: self._notification(change, snapshot))

    def reset(self, epoch: str, page: Page) -> None:
        return None

    def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
        return encode(event_data(Tick(timestamp=datetime.now(UTC))), event="heartbeat")

    def bye(self, reason: str, retry_ms: int) -> bytes:
        return _retry(retry_ms)

    def _notification(self, change: Change, snapshot: Snapshot) -> bytes:
        # What was deleted or snoozed is still in the lists of clients: when it comes back, it is like an update.
        came_back = change.body_seq != change.position or change.snoozed_until is not None
        updated = change.public_id is not None or came_back
        key = ("notifyhub", change.message_id, change.public_id, change.body_seq if updated else 0)
        event = snapshot.rendered.get(key)
        if event is None:
            id = public_id(change, snapshot)
            # Clients add each notification to a list that is keyed by id; one id twice would be a double.
            entry = _entry(f"{id}.{change.body_seq}" if updated else id, snapshot.messages[change.message_id])
            event = snapshot.rendered[key] = encode(event_data(entry), event="notification")
        return event


@dataclass(frozen=True, slots=True)
class VividlyEvents(Renderer):
    """The events of Vividly for the streams of one user, whose id is in each message.

    No message has a name.
    """

    user_id: str

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        cursor = None if seq is None else str(Cursor(epoch, seq))
        return encode(event_data({"type": "connected", "timestamp": datetime.now(UTC)}), id=cursor, retry=_RETRY_MS)

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        return _new_content(changes, after, snapshot, lambda change: self._message(change, snapshot))

    def reset(self, epoch: str, page: Page) -> bytes:
        """The older system silently lost what it could not send.

        A client that does not know the type `reset` ignores it.
        """
        message = Envelope(type="reset", user_id=self.user_id, payload={}, timestamp=datetime.now(UTC))
        return encode(event_data(message), id=str(Cursor(epoch, page.seq)))

    def bye(self, reason: str, retry_ms: int) -> bytes:
        return _retry(retry_ms)

    def _message(self, change: Change, snapshot: Snapshot) -> bytes:
        """All but the user's id is the same for all recipients, and rendered once."""
        key = ("vividly", change.message_id)
        template = snapshot.rendered.get(key)
        if template is None:
            message = snapshot.messages[change.message_id]
            rest = event_data({"payload": message.metadata | {"title": message.title}, "timestamp": message.created_at})[1:]
            template = b'data: {"type":"%b","user_id":"\0",%b\n\n' % (message.type.encode(), rest.encode())
            snapshot.rendered[key] = template
        return template.replace(b"\0", self.user_id.encode(), 1)


def _new_content(changes: Sequence[Change], after: int, snapshot: Snapshot, event: Callable[[Change], bytes]) -> bytes:
    """The events of new content after the cursor `after`.

    Of those that share a `seq` only the last has the `id:`.
    """
    shown = [change for change in changes if change.body_seq > after and change.status not in _HIDDEN]
    last = {change.seq: number for number, change in enumerate(shown)}
    cursor = snapshot.epoch.encode()
    return b"".join(
        b"id: %b-%d\n%b" % (cursor, change.seq, event(change)) if last[change.seq] == number else event(change)
        for number, change in enumerate(shown)
    )


def _retry(retry_ms: int) -> bytes:
    """No event, only the time after which the client reconnects."""
    return b"retry: %d\n\n" % retry_ms


def _entry(id: str, message: Any) -> Entry:
    return Entry(id=id, message=message.text or message.title, timestamp=message.created_at)
