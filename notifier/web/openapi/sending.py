"""The calls of those who send."""

from __future__ import annotations

from notifier.errors import Conflict, TooMany
from notifier.services import idempotency
from notifier.services.messages.send import Draft
from notifier.web.api.replies import Query
from notifier.web.openapi.call import Answer, Call, Parameter, Who
from notifier.web.presenters.message import Delivery, Reply, Sent, Withdrawn

_TAG = "Sending"
_ID = "0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"
MESSAGE = Parameter("id", "path", "The message, by the id that sending it answered.", {"type": "string", "format": "uuid"}, _ID)
IDEMPOTENCY_KEY = Parameter(
    idempotency.HEADER,
    "header",
    "For requests that may be sent twice: the same key and body are done once in 24 hours and answered alike; "
    "another body is refused (`key_reused`).",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "order-7-shipped",
)
_REPLY = {
    "id": "0198c0de-9999-7c3d-8e4f-5a6b7c8d9e0f",
    "notification_id": _ID,
    "user": "alice",
    "text": "The second one",
    "created_at": "2026-01-01T10:02:00.000Z",
}

CALLS = (
    Call(
        method="POST",
        path="/api/notifications",
        name="send",
        tag=_TAG,
        summary="Send a notification",
        description="An unknown name is refused, by its place (`to[2]`), and nothing is sent. Control characters are refused everywhere "
        "but newline and tab in `message`.",
        who=Who.SENDER,
        parameters=(IDEMPOTENCY_KEY,),
        body=Draft,
        bodies={
            "To one person": {"to": "user:alice", "type": "success", "title": "Transcription Complete", "message": "Your audio is ready"},
            "To several, with a button": {
                "to": ["user:alice", "role:admin"],
                "type": "video_complete",
                "title": "Video Ready!",
                "priority": "high",
                "metadata": {"video": 7, "seconds": 93.5},
                "actions": [{"label": "Watch Now", "url": "/video/7"}],
            },
            "With a question": {
                "to": "user:alice",
                "type": "clarification_needed",
                "title": "Which of the two speakers is the host?",
                "actions": [{"label": "Your answer", "reply": True}],
            },
            "In place of the last one": {"to": "all", "title": "Upload: 3 of 9 files", "collapse_key": "upload-7"},
        },
        answers={
            201: Answer("Every recipient has it.", Sent, {"id": _ID, "recipients": 1, "seq": 812}),
            202: Answer(
                "Accepted, and committed: more than 500 recipients, or a time that is still to come.",
                Sent,
                {"id": _ID, "recipients": 10000},
                headers={"Location": "Where to ask how far it has come."},
            ),
        },
        refused=(Conflict, TooMany),
    ),
    Call(
        method="GET",
        path="/api/notifications/{id}/delivery",
        name="delivery",
        tag=_TAG,
        summary="Ask how far a message has come",
        description="The sender's own messages; for an admin anybody's.",
        who=Who.SENDER,
        parameters=(MESSAGE,),
        answers={
            200: Answer(
                "How far it has come.",
                Delivery,
                {"id": _ID, "recipients": 10000, "delivered": 4500, "state": "under_way", "created_at": "2026-01-01T10:00:00.000Z"},
            )
        },
    ),
    Call(
        method="POST",
        path="/api/notifications/{id}/withdraw",
        name="withdraw",
        tag=_TAG,
        summary="Take a message back",
        description="It leaves every inbox, on open pages too. The sender's own messages; for an admin anybody's.",
        who=Who.SENDER,
        parameters=(MESSAGE,),
        answers={200: Answer("Withdrawn, now or earlier.", Withdrawn, {"id": _ID, "recipients": 3})},
    ),
    Call(
        method="GET",
        path="/api/notifications/{id}/replies",
        name="list_replies",
        tag=_TAG,
        summary="Read what was answered",
        description="Oldest first. Users who sent a message get each answer as a notification of the type `reply` too.",
        who=Who.SENDER,
        parameters=(MESSAGE,),
        query=Query,
        answers={200: Answer("The replies.", list[Reply], [_REPLY])},
    ),
)
