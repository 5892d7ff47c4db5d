"""The streams of older systems, as their clients read them (contract §3.3), as bytes. Both are renderers of the same changes.

Neither has words for a status, or for progress: what was read, archived or deleted elsewhere is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.models.notification import Status
from notifier.realtime.snapshot import Change, Page, Session, Snapshot
from notifier.realtime.sse import Cursor, encode
from notifier.services.inbox.inbox import Item
from notifier.web.presenters.json_items import compact, current_timestamp, public_id, timestamp

_RETRY_MS = 1000
_UNSEEN = (Status.ARCHIVED, Status.DELETED)


class NotifyHubEvents:
    """A `notifier.realtime.ports.Renderer`.

    Its clients begin anew with each connection: `init` lists all there is. So a stream starts where its list was read, whatever
    cursor the client brings, and a stream that is lost ends, for the client to come back to a new list.
    """

    @staticmethod
    def init(items: Iterable[Item], cursor: Cursor, most_bytes: int) -> bytes:
        """What goes before the feed's first event: of `items`, newest first, as many as fit into `most_bytes`."""
        shown: list[str] = []
        for row in items:
            shown.append(compact(_entry(row.public_id, row)))
            most_bytes -= len(shown[-1].encode()) + 1
            if most_bytes < 0:
                shown.pop()
                break
        return encode(f"[{','.join(shown)}]", event="init", id=str(cursor), retry=_RETRY_MS)

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        return b""

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        return _said(changes, after, snapshot, lambda change: self._notification(change, snapshot))

    def reset(self, epoch: str, page: Page) -> None:
        return None

    def progress(self, session: Session) -> bytes:
        return b""

    def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
        return encode(compact({"timestamp": current_timestamp()}), event="heartbeat")

    def bye(self, reason: str, retry_ms: int) -> bytes:
        return _come_back_in(retry_ms)

    def _notification(self, change: Change, snapshot: Snapshot) -> bytes:
        key = ("notifyhub", change.message_id, change.public_id)
        event = snapshot.rendered.get(key)
        if event is None:
            entry = _entry(public_id(change, snapshot), snapshot.messages[change.message_id])
            event = snapshot.rendered[key] = encode(compact(entry), event="notification")
        return event


@dataclass(frozen=True, slots=True)
class VividlyEvents:
    """A `notifier.realtime.ports.Renderer` for the streams of one user, whose id stands in each message. No message has a name."""

    user_id: str

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        cursor = None if seq is None else str(Cursor(epoch, seq))
        return encode(compact({"type": "connected", "timestamp": current_timestamp()}), id=cursor, retry=_RETRY_MS)

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        return _said(changes, after, snapshot, lambda change: self._message(change, snapshot))

    def reset(self, epoch: str, page: Page) -> bytes:
        """The older system lost in silence what it could not send. A client that knows no such type passes over it."""
        message = {"type": "reset", "user_id": self.user_id, "payload": {}, "timestamp": current_timestamp()}
        return encode(compact(message), id=str(Cursor(epoch, page.seq)))

    def progress(self, session: Session) -> bytes:
        return b""

    def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
        return b""

    def bye(self, reason: str, retry_ms: int) -> bytes:
        return _come_back_in(retry_ms)

    def _message(self, change: Change, snapshot: Snapshot) -> bytes:
        """All but the user's id is alike for all recipients, and made once."""
        key = ("vividly", change.message_id)
        both = snapshot.rendered.get(key)
        if both is None:
            said = snapshot.messages[change.message_id]
            payload = compact({"payload": said.metadata | {"title": said.title}, "timestamp": timestamp(said.created_at)})
            both = snapshot.rendered[key] = b'data: {"type":"%b","user_id":"\0",%b\n\n' % (said.type.encode(), payload[1:].encode())
        return both.replace(b"\0", self.user_id.encode(), 1)


def _said(changes: Sequence[Change], after: int, snapshot: Snapshot, event: Callable[[Change], bytes]) -> bytes:
    """The events of what was said after the cursor `after`; of those that share a `seq` only the last has the `id:`."""
    shown = [change for change in changes if change.body_seq > after and change.status not in _UNSEEN]
    last = {change.seq: number for number, change in enumerate(shown)}
    cursor = snapshot.epoch.encode()
    return b"".join(
        b"id: %b-%d\n%b" % (cursor, change.seq, event(change)) if last[change.seq] == number else event(change)
        for number, change in enumerate(shown)
    )


def _come_back_in(retry_ms: int) -> bytes:
    """No event: only the time to wait."""
    return b"retry: %d\n\n" % retry_ms


def _entry(id: str, message: Any) -> dict[str, str]:
    return {"id": id, "message": message.text or message.title, "timestamp": timestamp(message.created_at)}
