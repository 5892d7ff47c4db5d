"""The stream (contract of events: the README's section "Listen")."""

from __future__ import annotations

from notifier.errors import TooMany
from notifier.web.events import json as json_events
from notifier.web.openapi.call import EVENTS, Answer, Call, Parameter, Who

_CURSOR = "5f0c2a91-811"
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
        answers={200: Answer("Events, until either side closes.", content_type=EVENTS, events=json_events.EVENTS)},
        refused=(TooMany,),
    ),
)
