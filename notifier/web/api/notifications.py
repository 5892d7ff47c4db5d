"""The JSON API of the user's inbox."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from notifier.errors import Conflict, invalid
from notifier.models.notification import Status
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox, receipts, snooze, undoing
from notifier.services.inbox.filters import Filter
from notifier.services.inbox.inbox import Head
from notifier.services.validation import Instant, Line, StrictModel
from notifier.web.auth import permissions
from notifier.web.http import pagination
from notifier.web.http.json_answers import compact, json_answer
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import Body, Query
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import IF_NONE_MATCH, NEXT_PAGE, NotificationId
from notifier.web.openapi.security import Who
from notifier.web.presenters.notification import Changed, InboxHead, Notification, NotificationNow, changed_values, now_values

blueprint = Blueprint("notifications", __name__, url_prefix="/api/notifications")

_UNCHANGED = Answer("Nothing has changed since.")
_CHANGED = Answer("The number of changed notifications.", Changed, {"unread_count": 0, "seq": 813})


class InboxFilter(BaseModel):
    """Selects the notifications that a list with the same query shows.

    A misspelt filter must not select all of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["unread", "read", "archived", "snoozed", "all"] | None = None
    """Without it: all but the archived and the snoozed ones."""
    type: Annotated[Line, Field(min_length=1, max_length=64)] | None = None
    """Only this type."""
    q: Annotated[Line, Field(min_length=1, max_length=200)] | None = None
    """Text in the title or the message."""

    @property
    def filter(self) -> Filter:
        chosen = Status(self.status) if self.status and self.status != "all" else None
        return Filter(status=chosen, everything=self.status == "all", type=self.type, query=self.q)


class InboxPage(InboxFilter):
    """Selects a page of the list."""

    model_config = ConfigDict(extra="ignore")

    limit: Annotated[Whole, Field(ge=1, le=100)] = 20
    """The number of notifications on a page."""
    before: Annotated[Whole, Field(ge=1, lt=2**62)] | None = None
    """Where the page begins; taken from the `Link` of the page before."""


class StatusChange(StrictModel):
    status: Literal["unread", "read", "archived", "snoozed"]
    until: Instant | None = None
    """With `snoozed`: when it comes back, in the future and within a year."""

    @model_validator(mode="after")
    def _until_with_snoozed(self) -> Self:
        if (self.status == "snoozed") != (self.until is not None):
            raise ValueError("until: is required for `snoozed`, and for nothing else")
        return self


class Click(StrictModel):
    index: Annotated[int, Field(ge=0, lt=2**31)]
    """The place of the link in `actions`, from 0."""


class Shown(StrictModel):
    ids: Annotated[list[Line], Field(min_length=1, max_length=100)]
    """Ids of notifications. Those of others are left out."""


class Undo(StrictModel):
    seq: Annotated[int, Field(ge=1, lt=2**62)]
    """The `seq` that the operation answered."""


@blueprint.get("")
@operation(
    who=Who.READER,
    answers={
        200: Answer(
            "A page of the list.",
            list[Notification],
            headers={
                "X-Unread-Count": "Unread notifications in the whole inbox.",
                "X-Seq": "The `seq` of the inbox. Events of a stream that are not above it are in the list already.",
                "Link": NEXT_PAGE,
                "ETag": "For `If-None-Match`.",
            },
        ),
        304: _UNCHANGED,
    },
    parameters=(IF_NONE_MATCH,),
)
def list_notifications(query: Query[InboxPage]) -> Response:
    """List notifications.

    Newest first, in pages that stay stable while others arrive.
    """
    user = permissions.user()
    page = query.parsed()
    found = inbox.listing(user.id, page.filter, limit=page.limit, before=page.before)
    response = Response(compact([Notification.values(row) for row in found.items]), content_type="application/json")
    response.headers["X-Unread-Count"] = str(found.head.unread)
    response.headers["X-Seq"] = str(found.head.seq)
    pagination.link(response, page, found.before)
    return _conditional(response, user, found.head)


@blueprint.get("/unread-count")
@operation(
    who=Who.READER,
    answers={200: Answer("The count.", InboxHead, headers={"ETag": "For `If-None-Match`."}), 304: _UNCHANGED},
    parameters=(IF_NONE_MATCH,),
)
def unread_count() -> Response:
    """Count unread notifications."""
    user = permissions.user()
    head = inbox.head(user.id)
    return _conditional(json_answer(InboxHead.values(head)), user, head)


@blueprint.get("/<uuid:public_id>")
@operation(who=Who.READER, answers={200: Answer("The notification.", NotificationNow)})
def show_notification(public_id: NotificationId) -> Response:
    """Show one notification."""
    return json_answer(now_values(*inbox.get(permissions.user().id, str(public_id))))


@blueprint.patch("/<uuid:public_id>")
@operation(
    who=Who.USER,
    answers={200: Answer("The notification afterwards.", NotificationNow, {"status": "read", "seq": 813, "unread_count": 3})},
)
def change_status(public_id: NotificationId, body: Body[StatusChange]) -> Response:
    """Mark one as read, unread or archived, or snooze it.

    A snoozed one leaves list and count until its time; then it is unread again and on top.
    """
    user, change = permissions.user(), body.parsed()
    if change.until is not None:
        return json_answer(now_values(*snooze.snooze(user.id, str(public_id), change.until)))
    return json_answer(now_values(*inbox.set_status(user.id, str(public_id), Status(change.status))))


@blueprint.post("/<uuid:public_id>/clicked")
@operation(
    who=Who.USER,
    answers={200: Answer("The notification afterwards.", NotificationNow, {"status": "read", "seq": 813, "unread_count": 3})},
)
def clicked(public_id: NotificationId, body: Body[Click]) -> Response:
    """Record that a link was followed.

    The notification is marked as read. For pages that show links themselves: those of this server go through `/go`.
    """
    user = permissions.user()
    item, head = inbox.get(user.id, str(public_id))
    index = body.parsed().index
    if index >= len(item.actions) or "url" not in item.actions[index]:
        raise invalid("index", "is not the place of a link of this notification")
    receipts.clicked(user.id, item.row_id)
    if item.status == Status.UNREAD:
        item, head = inbox.set_status(user.id, str(public_id), Status.READ)
    return json_answer(now_values(item, head))


@blueprint.post("/seen")
@operation(who=Who.USER, answers={200: Answer("The inbox, which this does not change.", InboxHead)})
def seen(body: Body[Shown]) -> Response:
    """Record that notifications were shown.

    The sender's receipts count it once for each user, and what was seen is not pushed any more. For pages that show lists themselves.
    """
    user = permissions.user()
    receipts.shown(user.id, body.parsed().ids)
    return json_answer(InboxHead.values(inbox.head(user.id)))


@blueprint.delete("/<uuid:public_id>")
@operation(
    who=Who.USER,
    answers={200: Answer("The deleted notification.", NotificationNow, {"status": "deleted", "seq": 813, "unread_count": 3})},
)
def delete_notification(public_id: NotificationId) -> Response:
    """Delete one notification."""
    return json_answer(now_values(*inbox.set_status(permissions.user().id, str(public_id), Status.DELETED)))


@blueprint.post("/read-all")
@operation(who=Who.USER, answers={200: _CHANGED})
def read_all(query: Query[InboxFilter]) -> Response:
    """Mark many as read.

    Exactly those that a list with the same query shows; without one, all but the archived and the snoozed. A filter in a body is refused.
    """
    return json_answer(changed_values(inbox.read_all(permissions.user().id, query.parsed(alone=True).filter)))


@blueprint.delete("")
@operation(who=Who.USER, answers={200: _CHANGED})
def clear(query: Query[InboxFilter]) -> Response:
    """Delete many.

    Exactly those that a list with the same query shows; without one, all but the archived and the snoozed. A filter in a body is refused.
    """
    return json_answer(changed_values(inbox.clear(permissions.user().id, query.parsed(alone=True).filter)))


@blueprint.post("/undo")
@operation(
    who=Who.USER,
    answers={200: Answer("The number of restored notifications.", Changed, {"seq": 814})},
    errors=(Conflict,),
)
def undo(body: Body[Undo]) -> Response:
    """Undo an operation of the user's own.

    For 60 seconds after it, and for the notifications that nothing else has changed since; otherwise `409` (`nothing_to_undo`).
    """
    user = permissions.user()
    return json_answer(changed_values(undoing.undo(user.id, body.parsed().seq)))


def _conditional(response: Response, user: Account, head: Head) -> Response:
    """304 if the client has this already.

    Every change of an inbox raises its `seq`, so `seq`, user and query identify an answer.
    """
    asked = hashlib.sha256(user.public_id.encode() + request.query_string).hexdigest()[:16]
    response.set_etag(f"{head.epoch}-{head.seq}-{asked}")
    response.make_conditional(request)
    return response
