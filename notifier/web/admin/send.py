"""The form that sends: who is reached, how it will look, and on to what became of it. Sent twice it is sent once."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for

from notifier.errors import Conflict, Invalid, Refused
from notifier.models.user import Role
from notifier.realtime.yielding import yield_once
from notifier.services import idempotency
from notifier.services.accounts import directory, preferences
from notifier.services.messages import audience, reports
from notifier.services.messages import send as messages
from notifier.services.messages.send import Sent
from notifier.services.rate_limits import rates
from notifier.web.admin import compose
from notifier.web.admin.compose import Composed
from notifier.web.admin.layout import a_sender, blueprint, desk, once, text_of, whose
from notifier.web.pages.layout import Visitor, to
from notifier.web.presenters import kinds
from notifier.web.presenters.notification import shown

_GROUPS_OFFERED = 50
_SUGGESTED = 12


@blueprint.get("/send")
def send() -> str:
    looking = a_sender()
    zone = preferences.of(looking.account.id).zone
    if again := text_of("again", 36):
        return _form(looking, compose.again(reports.get(again, whose(looking)), once(), zone))
    return _form(looking, compose.blank(once(), zone, to=text_of("to")))


@blueprint.post("/send")
def sending() -> str | Response:
    """Sends, or, by the button "Check", only says who would get it and how it would look."""
    looking = a_sender()
    form = _read(looking)
    if "check" in request.form:
        return _form(looking, form)
    try:
        answer = _send(looking, form)
    except Refused as refusal:
        return make_response(_form(looking, *_refused(form, refusal)), refusal.status)
    yield_once()
    return to(url_for(".message", public_id=answer.message or answer.id, done="sent"))


@blueprint.post("/send/preview")
def preview() -> str:
    """What changes beside the form while it is filled in."""
    return render_template("partials/admin/_preview.html", **_preview(_read(a_sender())))


@blueprint.get("/send/words")
def audience_words() -> str:
    """Suggestions for the word of the audience that is being typed, as the field would read with each."""
    a_sender()
    before, _, last = text_of("to", 2000).rpartition(",")
    begun = f"{before}, " if before else ""
    words = directory.words(last.strip(), limit=_SUGGESTED)
    return render_template("partials/admin/_words.html", words=[begun + word for word in words])


def _send(looking: Visitor, form: Composed) -> Sent:
    draft, sender = form.draft, looking.account.sender
    rates().count("SEND_RATE", sender)
    key = idempotency.checked(f"form:{form.values['once'] or once()}"[:255])
    try:
        return messages.send(draft, sender=sender, idempotency_key=key)
    except Conflict:
        # The same form is being sent at this very moment. By now it has been: this gives the same answer.
        return messages.send(draft, sender=sender, idempotency_key=key)


def _refused(form: Composed, refusal: Refused) -> tuple[Composed, Refused]:
    """The form to show again. One that was sent before, and then changed, becomes a new one."""
    if refusal.code == "key_reused":
        again = Composed(dict(form.values) | {"once": once()}, form.picked, form.zone)
        return again, Invalid("This form was sent already, with other words. Send it again to send these too.")
    return form, form.named(refusal) if isinstance(refusal, Invalid) else refusal


def _form(looking: Visitor, form: Composed, refusal: Refused | None = None) -> str:
    groups = directory.groups(limit=_GROUPS_OFFERED).rows
    offered: dict[str, Any] = {
        "groups": groups,
        "roles": list(Role),
        "types": compose.TYPES,
        "priorities": compose.PRIORITIES,
        "actions": compose.ACTIONS,
    }
    return desk("send.html", looking, refusal, form=form, v=form.values, zone=str(form.zone), **offered, **_preview(form))


def _preview(form: Composed) -> dict[str, Any]:
    words, message = form.words, form.message
    return {
        "reach": audience.reach(words) if words else None,
        "item": shown(message, "preview", status="unread"),
        "toasts": kinds.toasts(message.type, message.priority),
        "stays": kinds.stays(message.type, message.priority),
    }


def _read(looking: Visitor) -> Composed:
    return compose.read(request.form, preferences.of(looking.account.id).zone)
