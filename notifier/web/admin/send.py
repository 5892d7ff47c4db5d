"""The send form: live preview, number of recipients, sending.

Submitting the same form twice sends one message.
"""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for

from notifier.errors import Conflict, Invalid, Refused
from notifier.models.user import Role
from notifier.realtime.yielding import yield_once
from notifier.services import idempotency
from notifier.services.accounts import directory, page_settings
from notifier.services.messages import audience, reports, send
from notifier.services.messages.send import Sent
from notifier.services.rate_limits import rates
from notifier.web.admin import compose
from notifier.web.admin.compose import MessageForm
from notifier.web.admin.layout import blueprint, current_sender, new_form_key, render_admin_page, text_field, visible_sender
from notifier.web.admin.mail_preview import mail_preview
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.visitor import Visitor
from notifier.web.presenters.announcement import makes_toast, stays
from notifier.web.presenters.notification import item_view

_MAX_GROUPS = 50
_MAX_SUGGESTIONS = 12


@blueprint.get("/send")
def send_form() -> str:
    """Empty, or with `again` the values of a message that was sent."""
    visitor = current_sender()
    zone = page_settings.get(visitor.account.id).zone
    if public_id := text_field("again", 36):
        message = reports.get(public_id, visible_sender(visitor))
        return _render_form(visitor, compose.from_message(message, new_form_key(), zone))
    return _render_form(visitor, compose.blank(new_form_key(), zone, to=text_field("to")))


@blueprint.post("/send")
def send_message() -> str | Response:
    """Send; the button "Check" only shows who would get the message and how it would look."""
    visitor = current_sender()
    form = _submitted(visitor)
    if "check" in request.form:
        return _render_form(visitor, form)
    try:
        sent = _send(visitor, form)
    except Refused as refusal:
        return make_response(_render_form(visitor, *_rejected(form, refusal)), refusal.status)
    yield_once()
    return redirect_to(url_for(".message", public_id=sent.message or sent.id, done="sent"))


@blueprint.post("/send/preview")
def preview() -> str:
    """The preview beside the form, requested while the form is filled in."""
    return render_template("partials/admin/_preview_update.html", **_preview(_submitted(current_sender())))


@blueprint.get("/send/suggestions")
def audience_suggestions() -> str:
    """Completions of the last, unfinished name in the field "To", each with the names before it."""
    current_sender()
    before, _, last = text_field("to", 2000).rpartition(",")
    prefix = f"{before}, " if before else ""
    found = directory.suggest_terms(last.strip(), limit=_MAX_SUGGESTIONS)
    return render_template("partials/admin/_audience_suggestions.html", suggestions=[prefix + name for name in found])


def _send(visitor: Visitor, form: MessageForm) -> Sent:
    draft, sender = form.draft, visitor.account.sender
    rates().count("SEND_RATE", sender)
    key = idempotency.checked(f"form:{form.values['once'] or new_form_key()}"[:255])
    try:
        return send.send(draft, sender=sender, idempotency_key=key)
    except Conflict:
        # Another request is sending this form right now. It has finished by the time of this retry, which returns its answer.
        return send.send(draft, sender=sender, idempotency_key=key)


def _rejected(form: MessageForm, refusal: Refused) -> tuple[MessageForm, Refused]:
    """The form to show again. A form that was changed after it was sent gets a new key."""
    if refusal.code == "key_reused":
        changed = MessageForm(dict(form.values) | {"once": new_form_key()}, form.picked, form.zone)
        return changed, Invalid("This form was already sent with other content. Send again to send the new content too.")
    return form, form.with_field_names(refusal) if isinstance(refusal, Invalid) else refusal


def _render_form(visitor: Visitor, form: MessageForm, refusal: Refused | None = None) -> str:
    groups = directory.groups(limit=_MAX_GROUPS).rows
    context: dict[str, Any] = {
        "form": form,
        "v": form.values,
        "zone": str(form.zone),
        "groups": groups,
        "offered_terms": ["all", *(f"role:{role}" for role in Role), *(f"group:{group.name}" for group in groups)],
        "roles": list(Role),
        "types": compose.TYPES,
        "priorities": compose.PRIORITIES,
    }
    return render_admin_page("send.html", visitor, refusal, **context, **_preview(form))


def _preview(form: MessageForm) -> dict[str, Any]:
    recipients, message = form.audience, form.message
    return {
        "reach": audience.reach(recipients) if recipients else None,
        "item": item_view(message, "preview", status="unread"),
        "toasts": makes_toast(message.type, message.priority),
        "stays": stays(message.type, message.priority),
        "mail": mail_preview(message.type),
    }


def _submitted(visitor: Visitor) -> MessageForm:
    return compose.from_form(request.form, page_settings.get(visitor.account.id).zone)
