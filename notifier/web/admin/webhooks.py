"""Webhooks: create and rotate; the last attempts, and making a call again.

The rest is in `remotes`.
"""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, request, url_for

from notifier.errors import Invalid, Refused
from notifier.models import Webhook
from notifier.services import remotes
from notifier.services.webhooks import recording, webhooks
from notifier.web.admin.layout import blueprint, claim_form_key, confirmation, current_admin, render_admin_page, text_field
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.visitor import Visitor

_STORE_IT = "The receiver checks with it that a call comes from this server."


@blueprint.get("/webhooks", endpoint="webhooks")
def webhooks_page() -> str:
    return render(current_admin())


@blueprint.post("/webhooks")
def create_webhook() -> str | Response:
    visitor = current_admin()
    try:
        claim_form_key(visitor)
        secret = webhooks.create(text_field("name"), text_field("url", 3000), request.form.getlist("events"))
    except Invalid as refusal:
        return make_response(render(visitor, refusal), refusal.status)
    return _render_secret(visitor, f"The webhook {text_field('name')} was created", secret)


@blueprint.post("/webhooks/<uuid:public_id>/rotate")
def rotate_webhook(public_id: UUID) -> str | Response:
    visitor, found = current_admin(), remotes.get(Webhook, str(public_id))
    text = "The webhook gets a new secret, which is shown once. For 24 hours calls are signed with the old one too."
    if page := confirmation(visitor, f"Rotate the secret of {found.name}?", text, "Rotate", back=url_for(".webhooks")):
        return page
    claim_form_key(visitor)
    return _render_secret(visitor, f"The webhook {found.name} has a new secret", webhooks.rotate(str(public_id)))


@blueprint.post("/webhooks/calls/<uuid:public_id>/redeliver")
def redeliver_call(public_id: UUID) -> Response:
    current_admin()
    webhooks.redeliver(str(public_id))
    return redirect_to(url_for(".webhooks", done="redelivered"))


def render(visitor: Visitor, refusal: Refused | None = None) -> str:
    """The page, with what was wrong with a request."""
    form = request.form if isinstance(refusal, Invalid) else {}
    given = {"name": form.get("name", ""), "url": form.get("url", "")}
    chosen = request.form.getlist("events") if form else recording.EVENTS
    shown = {"hooks": webhooks.listing(), "attempts": webhooks.attempts(), "events": recording.EVENTS, "chosen": chosen}
    return render_admin_page("webhooks.html", visitor, refusal, **given, **shown)


def _render_secret(visitor: Visitor, title: str, secret: str) -> str:
    return render_admin_page("secret.html", visitor, title=title, label="Secret", secret=secret, text=_STORE_IT, next=url_for(".webhooks"))
