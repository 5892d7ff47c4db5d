"""Redirect for action links: record the click, mark as read, redirect to the stored URL only."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request, url_for

from notifier.errors import NotFound
from notifier.models.notification import Status
from notifier.services import bookkeeping, validation
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox, receipts
from notifier.services.inbox.inbox import Item
from notifier.web.http.site import site_url
from notifier.web.pages.browser_request import is_viewed, redirect_to
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.visitor import current_visitor

blueprint = page_blueprint("action_links", __name__, url_prefix="/go")


@blueprint.get("/<uuid:public_id>/<int:index>")
def follow(public_id: UUID, index: int) -> Response:
    """Redirect to the stored URL.

    Only a click on a page of this site changes the inbox: an image on another site can request this address too.
    """
    account = current_visitor().account
    item, _ = inbox.get(account.id, str(public_id))
    address = _stored_url(item, index)
    if is_viewed() and request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none"):
        bookkeeping.record("a click", lambda: _record_click(account, item))
    return redirect_to(address)


def _record_click(account: Account, item: Item) -> None:
    receipts.clicked(account.id, item.row_id)
    if item.status == Status.UNREAD:
        inbox.read_one(account.id, item.row_id)


def _stored_url(item: Item, index: int) -> str:
    """Validated again: the rules may have become stricter since it was stored.

    A path belongs to `SITE_URL`; only the progress page of the notification's own session is here.
    """
    try:
        link = validation.link(item.actions[index]["url"])
    except (IndexError, KeyError, ValueError):
        raise NotFound("This notification has no such link. Reload the page to see its current links.") from None
    if item.related_session_id and link == f"/sessions/{item.related_session_id}":
        return url_for("sessions.show", public_id=item.related_session_id)
    return site_url(link)
