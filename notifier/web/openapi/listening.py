"""The stream (contract of events: the README's section "Listen")."""

from __future__ import annotations

from notifier.errors import TooMany
from notifier.web.openapi.call import EVENTS, Answer, Call, Event, Parameter, Who
from notifier.web.openapi.inbox import ID, SAID
from notifier.web.openapi.sessions import PROGRESS
from notifier.web.schemas.events import Bye, Connected, Heartbeat, NotificationEvent, State
from notifier.web.schemas.sessions import Progress
from notifier.web.schemas.shape import Standing

_NOW = "2026-01-01T10:00:00.000Z"
_CURSOR = "5f0c2a91-811"
_HEAD = {"seq": 990, "unread_count": 12}

_EVENTS = {
    "connected": Event(
        Connected,
        "The first event. Its `id` is the cursor the stream starts from; before a `reset` it has none.",
        {"user_id": "0198c0de-1111-7c3d-8e4f-5a6b7c8d9e0f", "timestamp": _NOW, "seq": 811, "unread_count": 3},
    ),
    "notification": Event(
        NotificationEvent,
        "New, or updated in place: the same `id` with a higher `seq`.",
        {"seq": 812, "unread_count": 4, "status": "unread"} | SAID,
    ),
    "state": Event(
        State,
        "Read, unread, archived or deleted, in any tab or device; also withdrawn and expired.",
        {"seq": 813, "unread_count": 3, "changed": [{"id": ID, "status": "read"}]},
    ),
    "reset": Event(Standing, "The cursor is of no use: load the list anew. The stream goes on from here.", _HEAD),
    "heartbeat": Event(
        Heartbeat,
        "A sign of life, by default every 30 seconds.",
        {"timestamp": _NOW, "connections": 1} | _HEAD,
        has_id=False,
    ),
    "progress": Event(
        Progress,
        "How a session of one's own stands, or one that one is a viewer of: at most four times a second, and anew after each connect.",
        PROGRESS,
        has_id=False,
    ),
    "bye": Event(Bye, "Just before the server closes.", {"reason": "shutdown", "retry_ms": 2400}, has_id=False),
}

CURSOR = (
    Parameter("Last-Event-ID", "header", "The `id` of the last event one had.", {"type": "string"}, _CURSOR),
    Parameter("last_event_id", "query", "The same, for clients that cannot set headers.", {"type": "string"}, _CURSOR),
)

CALLS = (
    Call(
        method="GET",
        path="/api/notifications/stream",
        name="stream",
        tag="Listening",
        summary="Receive notifications as they come",
        description="Does not end by itself. Whoever comes back with the last `id` it got misses nothing and gets nothing twice.",
        who=Who.USER,
        parameters=CURSOR,
        answers={200: Answer("Events, until either side closes.", content_type=EVENTS, events=_EVENTS)},
        refused=(TooMany,),
    ),
)
