"""The calls on progress sessions."""

from __future__ import annotations

from notifier.errors import Conflict, TooMany
from notifier.services.sessions.drafts import Move, NewSession
from notifier.web.api.sessions import Query
from notifier.web.events import session as session_events
from notifier.web.openapi.call import EVENTS, Answer, Call, Parameter, Who
from notifier.web.openapi.sending import IDEMPOTENCY_KEY
from notifier.web.presenters.session import Session, SessionStatus

_TAG = "Progress sessions"
_ID = "0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"
_NOW = "2026-01-01T10:00:00.000Z"
_SESSION = Parameter("id", "path", "The session.", {"type": "string", "maxLength": 64}, _ID)
PROGRESS = {"session_id": _ID, "status": "transcribing", "progress": 45, "message": "Minute 9 of 20", "updated_at": _NOW}
_STANDING = PROGRESS | {"error": None}
_WHOLE = {
    "id": _ID,
    "title": "Transcribe interview.mp3",
    "owner": "alice",
    "viewers": ["bob"],
    **_STANDING,
    "silence_seconds": 900,
    "type": None,
    "actions": [],
    "created_at": _NOW,
    "ended_at": None,
}
CALLS = (
    Call(
        method="POST",
        path="/api/sessions",
        name="create_session",
        tag=_TAG,
        summary="Begin a session",
        description="It is one item in its owner's inbox, which ends, in place, with the session.",
        who=Who.SENDER,
        parameters=(IDEMPOTENCY_KEY,),
        body=NewSession,
        bodies={
            "A long job": {"title": "Transcribe interview.mp3", "owner": "alice", "viewers": ["bob"]},
            "With what comes at its end": {
                "title": "Video Ready!",
                "owner": "alice",
                "type": "video_complete",
                "actions": [{"label": "Watch Now", "url": "/video/7"}],
                "silence_seconds": 60,
            },
        },
        answers={201: Answer("The session.", Session, _WHOLE, headers={"Location": "Its address."})},
        refused=(Conflict, TooMany),
    ),
    Call(
        method="POST",
        path="/api/sessions/{id}/status",
        name="move_session",
        tag=_TAG,
        summary="Say how a session stands",
        description="Only who made it, or an admin. After its end: `409` (`session_over`).",
        who=Who.SENDER,
        parameters=(_SESSION,),
        body=Move,
        bodies={
            "Under way": {"status": "transcribing", "progress": 45, "message": "Minute 9 of 20"},
            "Complete": {"status": "processed", "actions": [{"label": "Read it", "url": "/texts/7"}]},
            "Failed": {"status": "failed", "error": "The file is no audio."},
        },
        answers={200: Answer("How it stands now.", SessionStatus, _STANDING)},
        refused=(Conflict,),
    ),
    Call(
        method="GET",
        path="/api/sessions",
        name="list_sessions",
        tag=_TAG,
        summary="List the sessions one may watch",
        description="Newest first, in pages that stay stable while others begin.",
        who=Who.WATCHER,
        query=Query,
        answers={200: Answer("A page of the list.", list[Session], [_WHOLE], headers={"Link": 'The next page, as `<…>; rel="next"`.'})},
    ),
    Call(
        method="GET",
        path="/api/sessions/{id}",
        name="show_session",
        tag=_TAG,
        summary="Show one session",
        who=Who.WATCHER,
        parameters=(_SESSION,),
        answers={200: Answer("The session.", Session, _WHOLE)},
    ),
    Call(
        method="GET",
        path="/api/sessions/{id}/status",
        name="show_status",
        tag=_TAG,
        summary="Ask how a session stands",
        who=Who.WATCHER,
        parameters=(_SESSION,),
        answers={200: Answer("How it stands.", SessionStatus, _STANDING)},
    ),
    Call(
        method="GET",
        path="/api/sessions/{id}/status/stream",
        name="stream_status",
        tag=_TAG,
        summary="Watch a session",
        description="Begins with how it stands, ends with the session. Between events there are only comments.",
        who=Who.WATCHER,
        parameters=(
            _SESSION,
            Parameter("Last-Event-ID", "header", "The `id` of the last event one had.", {"type": "string"}, "5f0c2a91-811"),
            Parameter("last_event_id", "query", "The same, for clients that cannot set headers.", {"type": "string"}, "5f0c2a91-811"),
        ),
        answers={
            200: Answer("Events, until the session ends or either side closes.", content_type=EVENTS, events=session_events.EVENTS),
            204: Answer("The client has had the last event already."),
        },
        refused=(TooMany,),
    ),
)
