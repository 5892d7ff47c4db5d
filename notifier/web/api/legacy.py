"""The routes and formats of older systems, over the same hub and the same inbox."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app
from pydantic import Field

from notifier.errors import NotFound, TooMany
from notifier.realtime.ports import Renderer
from notifier.realtime.sse import Cursor
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox
from notifier.services.inbox.filters import Filter
from notifier.web.api.notifications import InboxPage
from notifier.web.api.streams import Beginning, TooManyStreams, come_back_later, inbox_stream
from notifier.web.auth import permissions
from notifier.web.auth.callers import Caller
from notifier.web.auth.permissions import Operation
from notifier.web.events.legacy import NOTIFYHUB_EVENTS, VIVIDLY_EVENTS, NotifyHubEvents, VividlyEvents
from notifier.web.http import last_event_id
from notifier.web.http.json_answers import Count, ResponseModel, json_answer
from notifier.web.http.pagination import following
from notifier.web.http.request_body import Query
from notifier.web.openapi.operation import Answer, operation
from notifier.web.openapi.parameters import CURSOR, UserId
from notifier.web.openapi.security import Who
from notifier.web.presenters.notification import Notification

blueprint = Blueprint("legacy", __name__)
_NOTIFYHUB = NotifyHubEvents()
_VIVIDLY = Answer(
    "Messages, until either side closes; only a `retry:` for one stream more than a user may have.",
    content_type="text/event-stream",
    events=VIVIDLY_EVENTS,
)
_MAX_LISTED = 1000
_TOO_MANY_RETRY_MS = 15_000


class History(ResponseModel):
    """A page of the list in Vividly's format."""

    items: list[Notification]
    next: str | None = Field(examples=[None])
    """The address of the next page, `null` on the last one."""
    unread_count: Count = Field(examples=[4])


@blueprint.get("/events")
@operation(
    who=Who.READER,
    answers={
        200: Answer(
            "Events, until either side closes; only a `retry:` for one stream more than a user may have.",
            content_type="text/event-stream",
            events=NOTIFYHUB_EVENTS,
        )
    },
    errors=(TooMany,),
)
def notifyhub_stream() -> Response:
    """Receive notifications in NotifyHub's format."""
    account, caller = permissions.reader()
    return _stream(account, caller, _NOTIFYHUB, lambda: _list_of(account))


def _stream(account: Account, caller: Caller, renderer: Renderer, begin: Callable[[], Beginning] | None = None) -> Response:
    """As `inbox_stream`, but never 429 for one stream more than a user may have.

    That stream ends at once and asks the client to reconnect later.
    """
    try:
        return inbox_stream(account, caller, renderer, begin)
    except TooManyStreams:
        return come_back_later(_TOO_MANY_RETRY_MS)


def _list_of(account: Account) -> Beginning:
    """The list and the cursor of its read.

    A list larger than the backlog would close the stream before it has begun.
    """
    found = inbox.listing(account.id, Filter(), limit=min(_MAX_LISTED, current_app.config["INBOX_MAX"]))
    most_bytes = current_app.config["STREAM_BACKLOG_BYTES"] * 3 // 4
    first = NotifyHubEvents.init(found.items, Cursor(found.head.epoch, found.head.seq), most_bytes)
    return Beginning(found.head.seq, first, last_event_id.given() is not None)


@blueprint.get("/api/v1/notifications/stream")
@operation(who=Who.READER, answers={200: _VIVIDLY}, errors=(TooMany,), parameters=CURSOR)
def vividly_stream() -> Response:
    """Receive notifications in Vividly's format.

    The first message is `{"type":"connected","timestamp":"…"}`; `{"type":"reset",…}` means that the cursor is of no use: load the
    history again.
    """
    account, caller = permissions.reader()
    return _stream(account, caller, VividlyEvents(account.public_id))


@blueprint.get("/api/v1/notifications/stream/<user_id>")
@operation(who=Who.READER, answers={200: _VIVIDLY}, errors=(TooMany,), parameters=CURSOR)
def vividly_stream_of(user_id: UserId) -> Response:
    """Receive the notifications of the user with this id in Vividly's format.

    The caller's own; for an admin those of every user, as long as they are one.
    """
    account, caller = permissions.reader()
    if user_id == account.public_id:
        return _stream(account, caller, VividlyEvents(account.public_id))
    permissions.require(caller, Operation.READ_OTHER_INBOXES)
    watched = users.by_public_id(user_id)
    if watched is None:
        raise NotFound("There is no such user.")
    return _stream(watched, caller, VividlyEvents(watched.public_id))


@blueprint.get("/api/v1/notifications/history")
@operation(who=Who.READER, answers={200: Answer("A page of the list.", History)})
def history(query: Query[InboxPage]) -> Response:
    """List notifications in Vividly's format."""
    page = query.parsed()
    found = inbox.listing(permissions.user().id, page.filter, limit=page.limit, before=page.before)
    items = [Notification.values(row) for row in found.items]
    return json_answer({"items": items, "next": following(page, found.before), "unread_count": found.head.unread})
