"""Open streams of all processes: the list, ending one, and the switch for all."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for

from notifier.services.streams import connections as service
from notifier.services.streams import kill_switch
from notifier.web.admin.layout import PAGE_SIZE, blueprint, confirmation, current_admin, number_argument, render_admin_page, text_field
from notifier.web.pages.browser_request import redirect_to


@blueprint.get("/connections")
def connections() -> str:
    visitor = current_admin()
    return render_admin_page("connections.html", visitor, streams_on=kill_switch.streams_enabled(), **_listing())


@blueprint.get("/connections/live")
def live_connections() -> str:
    """The list alone, for polling."""
    visitor = current_admin()
    return render_template("partials/admin/_connections.html", csrf_token=visitor.csrf_token, **_listing())


@blueprint.post("/connections/<int:visit>/end")
def end_connection(visit: int) -> str | Response:
    visitor = current_admin()
    text = "The browser or program may open another stream at once. To keep a user out, disable the user."
    if page := confirmation(visitor, "End this stream?", text, "End", back=url_for(".connections")):
        return page
    service.end(visit)
    return redirect_to(url_for(".connections", done="ended"))


@blueprint.post("/connections/switch")
def switch_streams() -> str | Response:
    visitor, on = current_admin(), request.form.get("on") == "yes"
    text = "All streams of every process end at once and stay off until they are turned on again. Meanwhile open pages poll."
    if not on and (page := confirmation(visitor, "Turn all streams off?", text, "Turn off", back=url_for(".connections"))):
        return page
    kill_switch.set_streams(on)
    return redirect_to(url_for(".connections", done="on" if on else "off"))


def _listing() -> dict[str, Any]:
    query, before = text_field("q"), number_argument("before")
    return {"open": service.listing(query, limit=PAGE_SIZE, before=before), "q": query, "before": before}
