"""What reaches the user: the table of categories and channels, quiet hours, pause and mutes."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Response, make_response, request, url_for

from notifier.errors import Invalid
from notifier.models.columns import now
from notifier.services import configured_channels
from notifier.services.accounts import addresses, page_settings
from notifier.services.preferences import attention, choices, local_times, mutes
from notifier.services.preferences.choices import CHANNELS, Matrix, PreferencesChange
from notifier.services.preferences.digest_clock import USUAL_DAY, USUAL_TIME
from notifier.web.events.html import html_events
from notifier.web.http.request_body import checked
from notifier.web.pages import fragments
from notifier.web.pages.browser_request import is_htmx, redirect_to
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.layout import render_page
from notifier.web.pages.visitor import Visitor, current_visitor

blueprint = page_blueprint("preferences_page", __name__, url_prefix="/settings/notifications")

VALUES = {
    "in_app": (("on", "On"), ("quiet", "Quiet"), ("off", "Off")),
    "email": (
        ("off", "Off"),
        ("at_once", "At once"),
        ("unread", "If still unread"),
        ("hourly", "Hourly"),
        ("daily", "Daily"),
        ("weekly", "Weekly"),
    ),
    "push": (("on", "On"), ("off", "Off")),
}
"""(value, label) of the choices by channel."""
LABELS = {"in_app": "In the app", "email": "E-mail", "push": "Push"}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_KINDS = {"type": "kind", "sender": "sender", "thread": "thread"}


@blueprint.get("")
def page() -> str:
    return _render(current_visitor())


@blueprint.post("")
def save() -> Response:
    """Save the cells that were changed on this page.

    Another tab may have changed the others meanwhile.
    """
    visitor = current_visitor()
    cells: dict[str, dict[str, str]] = {}
    for name, value in request.form.items():
        slug, _, channel = name.rpartition(".")
        if slug and not slug.startswith("was.") and value != request.form.get(f"was.{name}"):
            cells.setdefault(slug, {})[channel] = value
    return _change(visitor, {"categories": cells})


@blueprint.post("/quiet-hours")
def save_quiet_hours() -> Response:
    visitor = current_visitor()
    days = [int(day) for day in request.form.getlist("days") if re.fullmatch("[0-9]", day)]
    hours = {"from": request.form.get("from", ""), "to": request.form.get("to", ""), "days": days}
    return _change(visitor, {"quiet_hours": None if "none" in request.form else hours})


@blueprint.post("/digests")
def save_digest_time() -> Response:
    visitor = current_visitor()
    day = request.form.get("digest_day", "")
    return _change(
        visitor, {"digest_time": request.form.get("digest_time", ""), "digest_day": int(day) if re.fullmatch("[0-9]", day) else -1}
    )


@blueprint.post("/mutes/<uuid:mute_id>/delete")
def unmute(mute_id: UUID) -> Response:
    visitor = current_visitor()
    mutes.unmute(visitor.account.id, str(mute_id))
    if is_htmx():
        return fragments.head_response(visitor.account, html_events().draw.status_message("It is muted no more."))
    return redirect_to(url_for(".page", done="unmuted"))


def _change(visitor: Visitor, wanted: dict[str, Any]) -> Response:
    try:
        choices.change(visitor.account.id, checked(PreferencesChange, wanted))
    except Invalid as refusal:
        return make_response(_render(visitor, refusal), refusal.status)
    return redirect_to(url_for(".page", done="saved"))


def _render(visitor: Visitor, refusal: Invalid | None = None) -> str:
    found = choices.of_user(visitor.account.id)
    zone, clock = page_settings.get(visitor.account.id).zone, now()
    muted = [
        (row, _KINDS[row.kind], local_times.until(row.until, zone, clock) if row.until else "") for row in mutes.listing(visitor.account.id)
    ]
    return render_page(
        "pages/preferences.html",
        visitor,
        matrix=found,
        columns=[channel for channel in CHANNELS if channel == "in_app" or channel in configured_channels.by_name()],
        values=VALUES,
        labels=LABELS,
        weekdays=WEEKDAYS,
        digest_time=found.attention.digest_time if found.attention else USUAL_TIME,
        digest_day=found.attention.digest_day if found.attention else USUAL_DAY,
        address=addresses.get(visitor.account.id),
        hours=found.quiet_hours or {"from": "22:00", "to": "07:00", "days": range(7)},
        following=_next_window(visitor, found),
        muted=muted,
        refusal=refusal,
        done=request.args.get("done", "") if refusal is None else "",
    )


def _next_window(visitor: Visitor, found: Matrix) -> str:
    """The current or next quiet hours, such as `today 22:00 to tomorrow 07:00`."""
    if found.quiet_hours is None:
        return ""
    window = attention.window_of(visitor.account.id)
    zone, clock = page_settings.get(visitor.account.id).zone, now()
    return " to ".join(local_times.day_and_time(instant, zone, clock) for instant in window) if window else ""
