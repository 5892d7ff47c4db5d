"""Pause, mutes and "Why did I get this?": in the panel, in the menu of an item, and as a page."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request, url_for

from notifier.errors import invalid
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.accounts import page_settings
from notifier.services.inbox import inbox
from notifier.services.messages import reasons
from notifier.services.preferences import local_times, mutes, pauses, zones
from notifier.services.preferences.mutes import MuteDraft
from notifier.web.events.html import html_events
from notifier.web.http.request_body import checked
from notifier.web.pages import fragments
from notifier.web.pages.browser_request import is_htmx, redirect_to, referring_page
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.given_time import when
from notifier.web.pages.layout import render_page
from notifier.web.pages.visitor import Visitor, current_visitor
from notifier.web.presenters.notification import item_view
from notifier.web.presenters.pause import pause_text
from notifier.web.presenters.reasons import reason_text

blueprint = page_blueprint("attention", __name__)


@blueprint.post("/pause")
def pause() -> Response:
    """Pause: `for` is `hour`, `tomorrow` or `monday`, or `until` is a time in the user's zone."""
    visitor = current_visitor()
    pauses.pause(visitor.account.id, when(visitor.account))
    return _with_pause(visitor)


@blueprint.post("/resume")
def resume() -> Response:
    visitor = current_visitor()
    pauses.resume(visitor.account.id)
    return _with_pause(visitor)


@blueprint.post("/settings/browser-zone")
def learn_zone() -> Response:
    """Keep the zone of the browser, which the page's script sends when it is another than before."""
    zones.learn(current_visitor().account.id, request.form.get("time_zone", ""))
    return Response(status=204)


@blueprint.get("/notifications/<uuid:public_id>/menu")
def menu(public_id: UUID) -> str:
    """The entries of an item's menu that depend on its sender and thread, loaded when it is opened."""
    found, _ = inbox.get(current_visitor().account.id, str(public_id))
    why = reasons.of(current_visitor().account.id, found.message_id, found.arrival, found.quiet)
    return render_template("partials/_item_options.html", id=found.public_id, thread=found.thread, sender=why.sender, mutes=why.mutes)


@blueprint.get("/notifications/<uuid:public_id>/why")
def why(public_id: UUID) -> str:
    """Why it came as it did, and what the menu of the item offers, without scripts too."""
    visitor = current_visitor()
    found, _ = inbox.get(visitor.account.id, str(public_id))
    answer = reasons.of(visitor.account.id, found.message_id, found.arrival, found.quiet)
    zone = page_settings.get(visitor.account.id).zone
    return render_page(
        "pages/why.html",
        visitor,
        item=item_view(found, found.public_id, status=found.status, seq=found.seq, position=found.position),
        id=found.public_id,
        thread=found.thread,
        sender=answer.sender,
        why=answer,
        reason=reason_text(answer.reason, answer.category) if answer.reason else "",
        snoozed=local_times.until(found.snoozed_until, zone, now()) if found.status == Status.SNOOZED and found.snoozed_until else "",
        since=local_times.day_and_time(answer.chosen_at, zone, now()) if answer.chosen_at else "",
    )


@blueprint.post("/notifications/<uuid:public_id>/mute/<any(type, sender, thread):kind>")
def mute(public_id: UUID, kind: str) -> Response:
    """Mute what this notification is of: its type, its sender or its thread."""
    visitor = current_visitor()
    found, _ = inbox.get(visitor.account.id, str(public_id))
    values = {"type": found.type, "thread": found.thread, "sender": None}
    if kind == "sender":
        values["sender"] = reasons.of(visitor.account.id, found.message_id, found.arrival, found.quiet).sender
    if values[kind] is None:
        raise invalid("kind", f"this notification has no {kind} to mute")
    mutes.mute(visitor.account.id, checked(MuteDraft, {"kind": kind, "value": values[kind]}))
    if not is_htmx():
        return redirect_to(referring_page() or url_for("preferences_page.page"))
    text = {"type": "This kind is muted.", "sender": f"{values['sender']} is muted.", "thread": "This thread is muted."}[kind]
    return fragments.head_response(visitor.account, html_events().draw.status_message(text + " Unmute it under “What reaches you”."))


def _with_pause(visitor: Visitor) -> Response:
    """Back to the page, or the part of the panel that shows the pause."""
    if not is_htmx():
        return redirect_to(referring_page() or url_for("history.page"))
    return fragments.head_response(visitor.account, html_events().draw.pause(pause_text(page_settings.get(visitor.account.id))))
