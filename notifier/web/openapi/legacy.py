"""The calls of older systems: their addresses and formats, for clients that are to stay as they are."""

from __future__ import annotations

from notifier.errors import TooMany
from notifier.web.api.legacy import History
from notifier.web.api.notifications import Query
from notifier.web.events.legacy import NOTIFYHUB_EVENTS, VIVIDLY_EVENTS
from notifier.web.openapi.call import EVENTS, Answer, Call, Parameter, Who
from notifier.web.openapi.inbox import ID, ITEM
from notifier.web.openapi.listening import CURSOR

_TAG = "Older systems"
CALLS = (
    Call(
        method="GET",
        path="/events",
        name="notifyhub_stream",
        tag=_TAG,
        summary="Receive notifications as NotifyHub's clients do",
        who=Who.USER,
        answers={200: Answer("Events, until either side closes.", content_type=EVENTS, events=NOTIFYHUB_EVENTS)},
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
        answers={200: Answer("Messages, until either side closes.", content_type=EVENTS, events=VIVIDLY_EVENTS)},
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
        answers={200: Answer("Messages, until either side closes.", content_type=EVENTS, events=VIVIDLY_EVENTS)},
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
