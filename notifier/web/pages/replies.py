"""The small form under a notification that asks."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request, url_for

from notifier.realtime.sse import Cursor
from notifier.services.messages import replies
from notifier.services.messages.replies import Answer
from notifier.services.rate_limits import rates
from notifier.web.events.html import html_events
from notifier.web.http.request_body import checked
from notifier.web.pages import fragments
from notifier.web.pages.layout import by_htmx, came_from, pages, to, visitor

blueprint = pages("reply_form", __name__, url_prefix="/notifications")


@blueprint.post("/<uuid:public_id>/reply")
@blueprint.post("/<uuid:public_id>/reply/<any(n, h):place>")
def give(public_id: UUID, place: str = "") -> Response:
    """The page's form carries the fields of all its items; `place` says in which of its two the item was answered."""
    looking = visitor()
    rates().count("SEND_RATE", looking.account.sender)
    text = request.form.get(f"text-{place}-{public_id}" if place else "text", "")
    answer = checked(Answer, {"text": text.replace("\r\n", "\n")})
    _, head, _ = replies.give(looking.account, str(public_id), answer)
    if not by_htmx():
        return to(came_from() or url_for("pages.history"))
    return fragments.answer(looking.account, html_events().draw.said("Your answer was sent"), Cursor(head.epoch, head.seq))
