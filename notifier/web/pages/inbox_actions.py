"""Forms that change the user's own inbox.

They answer a redirect back to the page, or partials if htmx sends them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from flask import Response, request, url_for
from pydantic import BaseModel, ConfigDict, Field

from notifier.models.notification import Status
from notifier.realtime.sse import Cursor
from notifier.services.inbox import inbox, receipts, snooze, undoing
from notifier.services.inbox.filters import Filter
from notifier.services.inbox.inbox import Changed
from notifier.web.events.html import html_events
from notifier.web.events.partials import LIST_LENGTH
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import checked
from notifier.web.pages import fragments, history
from notifier.web.pages.browser_request import is_htmx, redirect_to, referring_page
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.given_time import when
from notifier.web.pages.visitor import Visitor, current_visitor
from notifier.web.presenters.undo import offer

blueprint = page_blueprint("inbox_actions", __name__, url_prefix="/notifications")

_MAX_SELECTED = 500
_NEW_STATUS = {"read": Status.READ, "unread": Status.UNREAD, "archive": Status.ARCHIVED, "delete": Status.DELETED}


class PagePosition(BaseModel):
    """`through`: the seq up to which the page was current; later arrivals were not on it.

    `seq`: the operation to undo.
    """

    model_config = ConfigDict(extra="ignore")

    through: Annotated[Whole, Field(ge=0, lt=2**62)] | None = None
    seq: Annotated[Whole, Field(ge=0, lt=2**62)] = 0


class Selection(BaseModel):
    """The ids of the ticked notifications."""

    id: Annotated[list[UUID], Field(min_length=1, max_length=_MAX_SELECTED)]


@blueprint.post("/<uuid:public_id>/<any(read, unread, archive, delete):action>")
def change_status(public_id: UUID, action: str) -> Response:
    visitor = current_visitor()
    status = _NEW_STATUS[action]
    before = inbox.head(visitor.account.id).seq
    _, head = inbox.set_status(visitor.account.id, str(public_id), status)
    return _respond(visitor, Changed(int(head.seq > before), head), status)


@blueprint.post("/<uuid:public_id>/snooze")
def snooze_notification(public_id: UUID) -> Response:
    """Snooze one: `for` is `hour`, `tomorrow` or `monday`, or `until` is a time in the user's zone."""
    visitor = current_visitor()
    _, head = snooze.snooze(visitor.account.id, str(public_id), when(visitor.account))
    return _respond(visitor, Changed(1, head), Status.SNOOZED)


@blueprint.post("/read-all")
def read_all() -> Response:
    visitor = current_visitor()
    return _respond_in_bulk(visitor, inbox.read_all(visitor.account.id, _displayed()), Status.READ)


@blueprint.post("/clear")
def clear() -> Response:
    visitor = current_visitor()
    return _respond_in_bulk(visitor, inbox.clear(visitor.account.id, _displayed()), Status.DELETED)


@blueprint.post("/selected/<any(read, unread, archive, delete):action>")
def change_selected(action: str) -> Response:
    """Change the notifications whose boxes are ticked."""
    visitor = current_visitor()
    ids = checked(Selection, {"id": request.form.getlist("id")}).id
    status = _NEW_STATUS[action]
    return _respond_in_bulk(visitor, inbox.set_status_of(visitor.account.id, tuple(map(str, ids)), status), status)


@blueprint.post("/undo")
def undo() -> Response:
    visitor = current_visitor()
    return _respond(visitor, undoing.undo(visitor.account.id, _position().seq), None)


@blueprint.post("/seen")
def seen() -> Response:
    """Record that the user opened the dropdown, or has been shown the toasts with these ids."""
    visitor = current_visitor()
    if "id" in request.form:
        receipts.shown(visitor.account.id, [str(id_) for id_ in checked(Selection, {"id": request.form.getlist("id")}).id])
        return Response(status=204)
    through = _position().through
    receipts.newest_seen(visitor.account.id, visitor.account.head if through is None else through, LIST_LENGTH)
    return Response(status=204)


def _position() -> PagePosition:
    return checked(PagePosition, request.form.to_dict())


def _displayed() -> Filter:
    """Exactly the notifications on the page.

    Up to the seq that an action counted, else up to the page's own.
    """
    selected = history.from_request().filter
    return selected if selected.through is not None else replace(selected, through=_position().through)


def _respond_in_bulk(visitor: Visitor, changed: Changed, status: Status) -> Response:
    """As `_respond`; if nothing was left to change, explain that and have the lists loaded again."""
    if changed.count or not is_htmx():
        return _respond(visitor, changed, status)
    draw = html_events().draw
    html = draw.status_message("Nothing was left to change: these notifications have changed meanwhile.") + draw.everything()
    return fragments.partials_response(visitor.account, html, Cursor(changed.head.epoch, changed.head.seq))


def _respond(visitor: Visitor, changed: Changed, status: Status | None) -> Response:
    """Redirect back to the form's page; to htmx, answer the offer to undo.

    `status`: the new status, None for an undo.
    The change itself reaches the page by its stream; the `Last-Event-ID` header tells the script which seq to wait for.
    """
    if not is_htmx():
        return redirect_to(referring_page() or url_for("history.page"))
    undo_offer = offer(changed.count, status, changed.head.seq) if status else None
    html = html_events().draw.undo(undo_offer)
    return fragments.partials_response(visitor.account, html, Cursor(changed.head.epoch, changed.head.seq))
