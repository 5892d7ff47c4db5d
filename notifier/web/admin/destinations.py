"""Destinations: the list, and a form for a new one. The rest is in `remotes`."""

from __future__ import annotations

from flask import Response, make_response, url_for

from notifier.errors import Refused
from notifier.services.destinations import destinations, posting
from notifier.web.admin.layout import blueprint, current_admin, render_admin_page, text_field
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.visitor import Visitor


@blueprint.get("/destinations", endpoint="destinations")
def destinations_page() -> str:
    return render(current_admin())


@blueprint.post("/destinations")
def create_destination() -> Response:
    visitor = current_admin()
    try:
        destinations.create(text_field("name"), text_field("url", 3000))
    except Refused as refusal:
        return make_response(render(visitor, refusal), refusal.status)
    return redirect_to(url_for(".destinations", done="created"))


def render(visitor: Visitor, refusal: Refused | None = None) -> str:
    """The page, with what was wrong with a request. An address that was entered is not shown again."""
    return render_admin_page(
        "destinations.html", visitor, refusal, remotes=destinations.listing(), set_up=posting.set_up(), name=text_field("name")
    )
