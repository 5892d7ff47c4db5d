"""What a reader does to their inbox on a page: forms, which lead back to the page without a script and answer it with parts to one."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from flask import Response, request, url_for
from pydantic import BaseModel, ConfigDict, Field

from notifier.models.notification import Status
from notifier.realtime.sse import Cursor
from notifier.services.inbox import inbox, receipts
from notifier.services.inbox.inbox import Changed, Filter
from notifier.web.events.html import html_events
from notifier.web.events.partials import LIST
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import checked
from notifier.web.pages import fragments, history
from notifier.web.pages.layout import Visitor, by_htmx, came_from, pages, to, visitor
from notifier.web.presenters import undo

blueprint = pages("inbox_forms", __name__, url_prefix="/notifications")

_STATUS = {"read": Status.READ, "unread": Status.UNREAD, "archive": Status.ARCHIVED, "delete": Status.DELETED}


class Standing(BaseModel):
    """`through`: the operation that the page had come to; what arrived later was not on it. `seq`: the one to undo."""

    model_config = ConfigDict(extra="ignore")

    through: Annotated[Whole, Field(ge=0, lt=2**62)] | None = None
    seq: Annotated[Whole, Field(ge=0, lt=2**62)] = 0


@blueprint.post("/<uuid:public_id>/<any(read, unread, archive, delete):deed>")
def one(public_id: UUID, deed: str) -> Response:
    looking = visitor()
    status = _STATUS[deed]
    before = inbox.head(looking.account.id).seq
    _, head = inbox.set_status(looking.account.id, str(public_id), status)
    return _back(looking, Changed(int(head.seq > before), head), status)


@blueprint.post("/read-all")
def read_all() -> Response:
    looking = visitor()
    return _back(looking, inbox.read_all(looking.account.id, _shown()), Status.READ)


@blueprint.post("/clear")
def clear() -> Response:
    looking = visitor()
    return _back(looking, inbox.clear(looking.account.id, _shown()), Status.DELETED)


@blueprint.post("/undo")
def undo_last() -> Response:
    looking = visitor()
    return _back(looking, inbox.undo(looking.account.id, _standing().seq), None)


@blueprint.post("/seen")
def seen() -> Response:
    """The dropdown was opened."""
    looking = visitor()
    through = _standing().through
    receipts.newest_seen(looking.account.id, looking.account.head if through is None else through, LIST)
    return Response(status=204)


def _standing() -> Standing:
    return checked(Standing, request.form.to_dict())


def _shown() -> Filter:
    """Exactly what the page showed: an action that names its count says up to what it has counted, others up to where the page is."""
    chosen = history.asked().filter
    return chosen if chosen.through is not None else replace(chosen, through=_standing().through)


def _back(looking: Visitor, changed: Changed, status: Status | None) -> Response:
    """To where the form was, or what a script cannot know: that it can be undone. `status`: what it gave, None for an undo.

    The change itself comes to the page the way all changes come; up to which one it has to wait says the header.
    """
    if not by_htmx():
        return to(came_from() or url_for("pages.history"))
    offered = undo.offer(changed.count, status, changed.head.seq) if status else None
    return fragments.answer(looking.account, html_events().draw.undo(offered), Cursor(changed.head.epoch, changed.head.seq))
