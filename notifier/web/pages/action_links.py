"""The way out by a link in a notification: what is stored there and nothing else. Counts the click, and marks as read."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request

from notifier.errors import NotFound
from notifier.models.notification import Status
from notifier.services import validation
from notifier.services.inbox import inbox, receipts
from notifier.services.inbox.inbox import Item
from notifier.web.pages.layout import pages, shows, to, visitor

blueprint = pages("go", __name__, url_prefix="/go")


@blueprint.get("/<uuid:public_id>/<int:index>")
def follow(public_id: UUID, index: int) -> Response:
    """Only a click on a page of ours changes anything: an image on another site that asks for this address must not."""
    account = visitor().account
    item, _ = inbox.get(account.id, str(public_id))
    address = _address(item, index)
    if shows() and request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none"):
        receipts.clicked(account.id, item.row_id)
        if item.status == Status.UNREAD:
            inbox.set_status(account.id, str(public_id), Status.READ)
    return to(address)


def _address(item: Item, index: int) -> str:
    """Looked at again: rules may have become stricter since it was stored."""
    try:
        return validation.link(item.actions[index]["url"])
    except (IndexError, KeyError, ValueError):
        raise NotFound("This notification has no such link.") from None
