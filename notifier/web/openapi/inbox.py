"""The calls on one's own inbox."""

from __future__ import annotations

from typing import Any

from notifier.errors import Conflict, TooMany
from notifier.services.messages.replies import Answer as Reply
from notifier.web.api.notifications import Query, Shown, StatusChange, Undo
from notifier.web.openapi.call import Answer, Call, Parameter, Who
from notifier.web.presenters.message import Replied
from notifier.web.presenters.notification import Changed, InboxHead, Notification, NotificationNow

_TAG = "One's inbox"
ID = "0198c0de-7a1b-7c3d-8e4f-5a6b7c8d9e0f"
SAID: dict[str, Any] = {
    "id": ID,
    "type": "success",
    "priority": "normal",
    "title": "Transcription Complete",
    "message": "Your audio is ready",
    "metadata": {},
    "actions": [{"label": "Listen", "url": "/audio/7"}],
    "image_url": None,
    "related_session_id": None,
    "collapse_key": None,
    "created_at": "2026-01-01T10:00:00.000Z",
    "expires_at": None,
}
ITEM = {"seq": 812, "status": "unread", **SAID, "timestamp": SAID["created_at"]}
_NOTIFICATION = Parameter("id", "path", "The notification.", {"type": "string", "format": "uuid"}, ID)
_KNOWN = Parameter("If-None-Match", "header", "The `ETag` of the answer one has already.", {"type": "string"})
_UNCHANGED = Answer("Nothing has changed since.")
_CHANGED = Answer("What was changed.", Changed, {"changed": 4, "unread_count": 0, "seq": 813})

_REPLIED = {
    "id": "0198c0de-9999-7c3d-8e4f-5a6b7c8d9e0f",
    "notification_id": ID,
    "user": "alice",
    "text": "The second one",
    "created_at": "2026-01-01T10:02:00.000Z",
    "unread_count": 3,
    "seq": 813,
}

CALLS = (
    Call(
        method="GET",
        path="/api/notifications",
        name="list_notifications",
        tag=_TAG,
        summary="List notifications",
        description="Newest first, in pages that stay stable while others arrive.",
        who=Who.USER,
        query=Query,
        parameters=(_KNOWN,),
        answers={
            200: Answer(
                "A page of the list.",
                list[Notification],
                [ITEM],
                headers={
                    "X-Unread-Count": "Unread notifications in the whole inbox.",
                    "X-Seq": "Where the inbox stands. Events of a stream that are not above it are in the list already.",
                    "Link": 'The next page, as `<…>; rel="next"`. There is none without it.',
                    "ETag": "For `If-None-Match`.",
                },
            ),
            304: _UNCHANGED,
        },
    ),
    Call(
        method="GET",
        path="/api/notifications/unread-count",
        name="unread_count",
        tag=_TAG,
        summary="Count what is unread",
        who=Who.USER,
        parameters=(_KNOWN,),
        answers={
            200: Answer("The count.", InboxHead, {"unread_count": 4, "seq": 812}, headers={"ETag": "For `If-None-Match`."}),
            304: _UNCHANGED,
        },
    ),
    Call(
        method="GET",
        path="/api/notifications/{id}",
        name="show_notification",
        tag=_TAG,
        summary="Show one notification",
        who=Who.USER,
        parameters=(_NOTIFICATION,),
        answers={200: Answer("The notification.", NotificationNow, ITEM | {"unread_count": 4})},
    ),
    Call(
        method="PATCH",
        path="/api/notifications/{id}",
        name="change_status",
        tag=_TAG,
        summary="Mark one as read, unread or archived",
        who=Who.USER,
        parameters=(_NOTIFICATION,),
        body=StatusChange,
        bodies={"Mark as read": {"status": "read"}, "Put away": {"status": "archived"}},
        answers={200: Answer("The notification as it is now.", NotificationNow, ITEM | {"seq": 813, "status": "read", "unread_count": 3})},
    ),
    Call(
        method="DELETE",
        path="/api/notifications/{id}",
        name="delete_notification",
        tag=_TAG,
        summary="Delete one notification",
        who=Who.USER,
        parameters=(_NOTIFICATION,),
        answers={200: Answer("What it was.", NotificationNow, ITEM | {"seq": 813, "status": "deleted", "unread_count": 3})},
    ),
    Call(
        method="POST",
        path="/api/notifications/read-all",
        name="read_all",
        tag=_TAG,
        summary="Mark many as read",
        description="Exactly those that a list with the same query shows; without a query, all but the archived ones.",
        who=Who.USER,
        query=Shown,
        answers={200: _CHANGED},
    ),
    Call(
        method="DELETE",
        path="/api/notifications",
        name="clear",
        tag=_TAG,
        summary="Delete many",
        description="Exactly those that a list with the same query shows; without a query, all but the archived ones.",
        who=Who.USER,
        query=Shown,
        answers={200: _CHANGED},
    ),
    Call(
        method="POST",
        path="/api/notifications/{id}/replies",
        name="reply",
        tag=_TAG,
        summary="Answer a notification that asks",
        description='One with an action `{"label", "reply": true}`; others: `409` (`not_asked`). It counts as read then. '
        "The answer goes to whoever sent it.",
        who=Who.USER,
        parameters=(_NOTIFICATION,),
        body=Reply,
        bodies={"An answer": {"text": "The second one"}},
        answers={
            200: Answer("The same words had been answered before.", Replied, _REPLIED),
            201: Answer("The answer.", Replied, _REPLIED),
        },
        refused=(Conflict, TooMany),
    ),
    Call(
        method="POST",
        path="/api/notifications/undo",
        name="undo",
        tag=_TAG,
        summary="Put back what one's operation changed",
        description="For 60 seconds after it, and as far as nothing has changed it since; otherwise `409` (`nothing_to_undo`).",
        who=Who.USER,
        body=Undo,
        bodies={"The last operation": {"seq": 813}},
        answers={200: Answer("What was put back.", Changed, {"changed": 4, "unread_count": 4, "seq": 814})},
        refused=(Conflict,),
    ),
)
