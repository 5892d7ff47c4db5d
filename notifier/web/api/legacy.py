"""The doors of older systems (contract §3.3): their addresses and their formats, over the same hub and the same lists."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from pydantic import Field

from notifier.errors import NotFound
from notifier.realtime.sse import Cursor
from notifier.services.accounts import users
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox
from notifier.services.inbox.inbox import Filter
from notifier.web.api.notifications import Query
from notifier.web.api.streams import Beginning, inbox_stream
from notifier.web.auth import permissions
from notifier.web.auth.permissions import Operation
from notifier.web.events.legacy import NotifyHubEvents, VividlyEvents
from notifier.web.http.json_answers import Count, ResponseModel, json_answer
from notifier.web.http.pagination import following
from notifier.web.http.request_body import asked
from notifier.web.presenters.notification import Notification

blueprint = Blueprint("older", __name__)
_NOTIFYHUB = NotifyHubEvents()
_MOST_LISTED = 1000
# Of an admin who watches somebody: what ends the right of an admin is not told to the streams of others, so they come back and ask.
_WATCHING_SECONDS = 60.0


class History(ResponseModel):
    """A page of the list in Vividly's format."""

    items: list[Notification]
    next: str | None = Field(examples=[None])
    """The address of the next page, `null` on the last one."""
    unread_count: Count = Field(examples=[4])


@blueprint.get("/events")
def notifyhub() -> Response:
    account, caller = permissions.reader()
    return inbox_stream(account, caller, _NOTIFYHUB, lambda: _list_of(account))


def _list_of(account: Account) -> Beginning:
    """The list, and where it was read. What does not fit into a backlog would close the stream before it has begun."""
    found = inbox.listing(account.id, Filter(), limit=min(_MOST_LISTED, current_app.config["INBOX_MAX"]))
    most_bytes = current_app.config["STREAM_BACKLOG_BYTES"] * 3 // 4
    return found.head.seq, NotifyHubEvents.init(found.items, Cursor(found.head.epoch, found.head.seq), most_bytes)


@blueprint.get("/api/v1/notifications/stream")
def vividly() -> Response:
    account, caller = permissions.reader()
    return inbox_stream(account, caller, VividlyEvents(account.public_id))


@blueprint.get("/api/v1/notifications/stream/<user_id>")
def vividly_of(user_id: str) -> Response:
    """One's own by its id; for an admin anybody's."""
    account, caller = permissions.reader()
    if user_id == account.public_id:
        return inbox_stream(account, caller, VividlyEvents(account.public_id))
    permissions.require(caller, Operation.READ_OTHER_INBOXES)
    watched = users.by_public_id(user_id)
    if watched is None:
        raise NotFound("There is no such user.")
    return inbox_stream(watched, caller.for_at_most(_WATCHING_SECONDS), VividlyEvents(watched.public_id))


@blueprint.get("/api/v1/notifications/history")
def history() -> Response:
    query = asked(Query)
    found = inbox.listing(permissions.user().id, query.filter, limit=query.limit, before=query.before)
    items = [Notification.values(row) for row in found.items]
    return json_answer({"items": items, "next": following(query, found.before), "unread_count": found.head.unread})
