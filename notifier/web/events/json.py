"""The JSON stream of `GET /api/notifications/stream` (contract §3.1), as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from notifier.models.notification import Status
from notifier.realtime.snapshot import Change, Page, Session, Snapshot
from notifier.realtime.sse import Cursor, encode
from notifier.web.presenters.json_items import body, compact, current_timestamp, public_id
from notifier.web.presenters.session_json import standing

_RETRY_MS = 1000


class JsonEvents:
    """A `notifier.realtime.ports.Renderer`."""

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        data = {"user_id": user_id, "timestamp": current_timestamp(), "seq": page.seq if seq is None else seq, "unread_count": page.unread}
        cursor = None if seq is None else str(Cursor(epoch, seq))
        return encode(compact(data), event="connected", id=cursor, retry=_RETRY_MS)

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        blocks = []
        for seq, operation in groupby(changes, key=lambda change: change.seq):
            shown: list[Change] = []
            moved: list[Change] = []
            for change in operation:
                (shown if change.body_seq > after and change.status != Status.DELETED else moved).append(change)
            events = [self._state(seq, moved, page, snapshot)] if moved else []
            events += [self._notification(change, page, snapshot) for change in shown]
            events[-1] = b"id: %b-%d\n%b" % (snapshot.epoch.encode(), seq, events[-1])
            blocks += events
        return b"".join(blocks)

    def reset(self, epoch: str, page: Page) -> bytes:
        return encode(compact({"seq": page.seq, "unread_count": page.unread}), event="reset", id=str(Cursor(epoch, page.seq)))

    def progress(self, session: Session) -> bytes:
        return encode(compact(standing(session.shown)), event="progress")

    def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
        return encode(
            compact({"timestamp": current_timestamp(), "connections": connections, "seq": seq, "unread_count": unread}), event="heartbeat"
        )

    def bye(self, reason: str, retry_ms: int) -> bytes:
        return encode(compact({"reason": reason, "retry_ms": retry_ms}), event="bye", retry=retry_ms)

    def _state(self, seq: int, moved: Sequence[Change], page: Page, snapshot: Snapshot) -> bytes:
        changed = [{"id": public_id(change, snapshot), "status": change.status} for change in moved]
        return encode(compact({"seq": seq, "unread_count": page.unread, "changed": changed}), event="state")

    def _notification(self, change: Change, page: Page, snapshot: Snapshot) -> bytes:
        """Only the front differs between recipients; the rest is made once for all of them."""
        key = ("json", change.message_id, change.public_id)
        rest = snapshot.rendered.get(key)
        if rest is None:
            rest = snapshot.rendered[key] = compact(body(snapshot.messages[change.message_id], public_id(change, snapshot)))[1:].encode()
        front = b'event: notification\ndata: {"seq":%d,"unread_count":%d,"status":"%b",' % (
            change.seq,
            page.unread,
            change.status.encode(),
        )
        return b"%b%b\n\n" % (front, rest)
