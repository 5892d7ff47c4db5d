"""The JSON stream of `GET /api/notifications/stream`: the data of its events, and their bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Literal

from pydantic import AwareDatetime, Field

from notifier.models.notification import Status
from notifier.realtime.ports import Renderer
from notifier.realtime.snapshot import Change, Page, Session, Snapshot
from notifier.realtime.sse import Cursor, encode
from notifier.services.messages.decision import Reason
from notifier.web.events.event import Event
from notifier.web.http.json_answers import Count, ResponseModel, event_data, timestamp
from notifier.web.presenters.notification import AnyStatus, InboxHead, KeptStatus, MessageContent, content_of, public_id
from notifier.web.presenters.session import Progress

_RETRY_MS = 1000
_SEQ = attrgetter("seq")
_DELETED = Status.DELETED.value


class Connected(ResponseModel):
    """Where the stream starts from."""

    user_id: str = Field(examples=["0198c0de-1111-7c3d-8e4f-5a6b7c8d9e0f"])
    timestamp: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])
    seq: Count = Field(examples=[811])
    unread_count: Count = Field(examples=[3])


class _Place(InboxHead):
    status: KeptStatus
    quiet: bool = Field(examples=[False])
    """Whether to show it without a toast and a sound."""
    arrival: Reason | None = Field(examples=[None])
    """Why it was quiet or archived when it arrived; null for one that is simply shown."""
    answer: str | None = Field(examples=[None])
    """What the user has replied to it."""


class NotificationEvent(MessageContent, _Place):
    """A notification that is new, or whose content was updated in place."""


class ChangedStatus(ResponseModel):
    """One notification whose status changed."""

    id: str = Field(examples=["0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"])
    status: AnyStatus = Field(examples=["read"])


class State(InboxHead):
    """Notifications whose status changed, in any tab or on any device."""

    changed: list[ChangedStatus]


class Heartbeat(ResponseModel):
    """A sign of life, with the `seq` of this stream."""

    timestamp: AwareDatetime = Field(examples=["2026-01-01T10:00:00.000Z"])
    connections: Count = Field(examples=[1])
    """Open streams of this user in this process."""
    seq: Count = Field(examples=[812])
    unread_count: Count = Field(examples=[4])


class Bye(ResponseModel):
    """The server is about to close the stream."""

    reason: Literal["shutdown", "expired", "revoked", "rotated", "disabled"]
    retry_ms: Count = Field(examples=[2400])


EVENTS = {
    "connected": Event(Connected, "The first event. Its `id` is the cursor that the stream starts from; before a `reset` it has none."),
    "notification": Event(NotificationEvent, "New, or updated in place: the same `id` with a higher `seq`."),
    "state": Event(State, "Read, unread, archived, snoozed or deleted, in any tab or on any device; also withdrawn and expired."),
    "unreadable": Event(InboxHead, "A change of this `seq` could not be rendered: load the list again to see what can be shown."),
    "reset": Event(InboxHead, "The cursor is of no use: load the list again. The stream goes on from here."),
    "heartbeat": Event(Heartbeat, "A sign of life, by default every 30 seconds.", has_id=False),
    "progress": Event(
        Progress,
        "Status and progress of a session that the user owns or is a viewer of: after each connect, and then at most four times a second.",
        has_id=False,
    ),
    "bye": Event(Bye, "Just before the server closes.", has_id=False),
}


class JsonEvents(Renderer):
    """The events of a user's stream as JSON."""

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        """A `Connected` by hand, since it is made for each stream: no value needs to be escaped."""
        start = page.seq if seq is None else seq
        cursor = b"" if seq is None else b"id: %b-%d\n" % (epoch.encode(), seq)
        data = f'{{"user_id":"{user_id}","timestamp":"{timestamp(datetime.now(UTC))}","seq":{start},"unread_count":{page.unread}}}'
        return cursor + b"event: connected\nretry: %d\ndata: %b\n\n" % (_RETRY_MS, data.encode())

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        if len(changes) == 1 and _is_new(changes[0], after):  # nearly always
            return b"id: %b-%d\n%b" % (snapshot.epoch.encode(), changes[0].seq, self._notification(changes[0], page, snapshot))
        blocks = []
        for seq, operation in groupby(changes, _SEQ):
            shown: list[Change] = []
            moved: list[Change] = []
            for change in operation:
                (shown if _is_new(change, after) else moved).append(change)
            events = [self._state(seq, moved, page, snapshot)] if moved else []
            events += [self._notification(change, page, snapshot) for change in shown]
            events[-1] = b"id: %b-%d\n%b" % (snapshot.epoch.encode(), seq, events[-1])
            blocks += events
        return b"".join(blocks)

    def reset(self, epoch: str, page: Page) -> bytes:
        return encode(event_data(InboxHead(seq=page.seq, unread_count=page.unread)), event="reset", id=str(Cursor(epoch, page.seq)))

    def progress(self, session: Session) -> bytes:
        return encode(event_data(Progress.values(session.shown)), event="progress")

    def heartbeat(self, seq: int, unread: int, connections: int) -> bytes:
        data = Heartbeat(timestamp=datetime.now(UTC), connections=connections, seq=seq, unread_count=unread)
        return encode(event_data(data), event="heartbeat")

    def bye(self, reason: str, retry_ms: int) -> bytes:
        return encode(event_data({"reason": reason, "retry_ms": retry_ms}), event="bye", retry=retry_ms)

    def _state(self, seq: int, moved: Sequence[Change], page: Page, snapshot: Snapshot) -> bytes:
        """As a dict, not as a `State`: made for each recipient, it costs 2.3 us instead of 4.9 us."""
        changed = [{"id": public_id(change, snapshot), "status": change.status} for change in moved]
        return encode(event_data({"seq": seq, "unread_count": page.unread, "changed": changed}), event="state")

    def _notification(self, change: Change, page: Page, snapshot: Snapshot) -> bytes:
        """Render one notification.

        The fields that differ between recipients come first; the others are rendered once for all at whom it arrived alike.
        """
        key = ("json", change.message_id, change.public_id, change.status, change.quiet, change.arrival, change.answer)
        rest = snapshot.rendered.get(key)
        if rest is None:
            place = {"status": change.status, "quiet": change.quiet, "arrival": change.arrival, "answer": change.answer}
            rest = snapshot.rendered[key] = event_data(place | content_of(change, snapshot))[1:].encode()
        return b'event: notification\ndata: {"seq":%d,"unread_count":%d,%b\n\n' % (change.seq, page.unread, rest)


def _is_new(change: Change, after: int) -> bool:
    """Whether the content is new to a client at the cursor `after`."""
    return change.body_seq > after and change.status != _DELETED
