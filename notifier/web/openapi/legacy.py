"""The calls of older systems: their addresses and formats, for clients that are to stay as they are."""

from __future__ import annotations

from notifier.errors import TooMany
from notifier.web.api.notifications import Query
from notifier.web.openapi.call import EVENTS, Answer, Call, Event, Parameter, Who
from notifier.web.openapi.inbox import ID, ITEM
from notifier.web.openapi.listening import CURSOR
from notifier.web.schemas.older import Entries, Entry, Envelope, History, Tick

_TAG = "Older systems"
_NOW = "2026-01-01T10:00:00.000Z"
_ENTRY = {"id": ID, "message": "Your audio is ready", "timestamp": _NOW}
_ENVELOPE = {
    "type": "video_complete",
    "user_id": "0198c0de-1111-7c3d-8e4f-5a6b7c8d9e0f",
    "payload": {"content_id": "7", "video_url": "/video/7", "title": "Video Ready!"},
    "timestamp": _NOW,
}

_NOTIFYHUB = {
    "init": Event(Entries, "The first event, with each connection anew: what there is, newest first.", [_ENTRY]),
    "notification": Event(Entry, "New, or updated in place: the same `id` again.", _ENTRY),
    "heartbeat": Event(Tick, "A sign of life, by default every 30 seconds.", {"timestamp": _NOW}, has_id=False),
}
_VIVIDLY = {"message": Event(Envelope, "New, or updated in place. Without a name, as all messages here.", _ENVELOPE)}

CALLS = (
    Call(
        method="GET",
        path="/events",
        name="notifyhub_stream",
        tag=_TAG,
        summary="Receive notifications as NotifyHub's clients do",
        who=Who.USER,
        answers={200: Answer("Events, until either side closes.", content_type=EVENTS, events=_NOTIFYHUB)},
        refused=(TooMany,),
    ),
    Call(
        method="GET",
        path="/api/v1/notifications/stream",
        name="vividly_stream",
        tag=_TAG,
        summary="Receive notifications as Vividly's clients do",
        description='The first message is `{"type":"connected","timestamp":"…"}`; `{"type":"reset",…}` says that the cursor is of no use: '
        "load the history anew.",
        who=Who.USER,
        parameters=CURSOR,
        answers={200: Answer("Messages, until either side closes.", content_type=EVENTS, events=_VIVIDLY)},
        refused=(TooMany,),
    ),
    Call(
        method="GET",
        path="/api/v1/notifications/stream/{id}",
        name="vividly_stream_of",
        tag=_TAG,
        summary="The same, of the user with this id",
        description="One's own; for an admin anybody's, a minute at a time.",
        who=Who.USER,
        parameters=(Parameter("id", "path", "The user.", {"type": "string"}, ID), *CURSOR),
        answers={200: Answer("Messages, until either side closes.", content_type=EVENTS, events=_VIVIDLY)},
        refused=(TooMany,),
    ),
    Call(
        method="GET",
        path="/api/v1/notifications/history",
        name="history",
        tag=_TAG,
        summary="List notifications as Vividly's clients do",
        who=Who.USER,
        query=Query,
        answers={200: Answer("A page of the list.", History, {"items": [ITEM], "next": None, "unread_count": 4})},
    ),
)
