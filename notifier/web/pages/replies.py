"""The reply form under a notification that asks a question."""

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
from notifier.web.pages.browser_request import is_htmx, redirect_to, referring_page
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.visitor import current_visitor

blueprint = page_blueprint("replies", __name__, url_prefix="/notifications")


@blueprint.post("/<uuid:public_id>/reply")
@blueprint.post("/<uuid:public_id>/reply/<any(n, h):place>")
def reply(public_id: UUID, place: str = "") -> Response:
    """Store a reply from a page.

    One form per page carries the reply fields of all its items; `place` names the list of the item that is answered.
    """
    visitor = current_visitor()
    rates().count("SEND_RATE", visitor.account.sender)
    text = request.form.get(f"text-{place}-{public_id}" if place else "text", "")
    answer = checked(Answer, {"text": text.replace("\r\n", "\n")})
    _, head = replies.give(visitor.account, str(public_id), answer)
    if not is_htmx():
        return redirect_to(referring_page() or url_for("history.page"))
    html = html_events().draw.status_message("Your answer was sent")
    return fragments.partials_response(visitor.account, html, Cursor(head.epoch, head.seq))
