"""Open streams of all processes, ending one of them, and the switch for all."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for

from notifier.services.streams import connections as service
from notifier.services.streams import kill_switch
from notifier.web.admin.layout import ROWS, an_admin, blueprint, desk, number_of, question, text_of
from notifier.web.pages.layout import to


@blueprint.get("/connections")
def connections() -> str:
    looking = an_admin()
    return desk("connections.html", looking, streams_on=kill_switch.streams_enabled(), **_shown())


@blueprint.get("/connections/live")
def live_connections() -> str:
    """The list alone, as it is now."""
    looking = an_admin()
    return render_template("partials/admin/_connections.html", csrf_token=looking.csrf_token, **_shown())


@blueprint.post("/connections/<int:visit>/end")
def end_connection(visit: int) -> str | Response:
    looking = an_admin()
    text = "Its browser or program may open another one at once. To shut somebody out, disable them."
    if asked := question(looking, "End this stream?", text, "End", back=url_for(".connections")):
        return asked
    service.end(visit)
    return to(url_for(".connections", done="ended"))


@blueprint.post("/connections/switch")
def turn_switch() -> str | Response:
    looking, on = an_admin(), request.form.get("on") == "yes"
    text = "All streams end at once, in every process, until they are on again. Pages look for news from time to time."
    if not on and (asked := question(looking, "Turn all streams off?", text, "Turn off", back=url_for(".connections"))):
        return asked
    kill_switch.set_streams(on)
    return to(url_for(".connections", done="on" if on else "off"))


def _shown() -> dict[str, Any]:
    query, before = text_of("q"), number_of("before")
    return {"open": service.listing(query, limit=ROWS, before=before), "q": query, "before": before}
