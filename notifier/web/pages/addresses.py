"""The user's e-mail address: set, confirm by a link in a mail, try again after a refusal."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for

from notifier.errors import NotFound, Refused
from notifier.services import configured_channels
from notifier.services.accounts import addresses
from notifier.services.outbox import confirmations
from notifier.services.outbox.targets import EMAIL
from notifier.web.pages import settings
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.visitor import Visitor, current_visitor

blueprint = page_blueprint("addresses", __name__)


@blueprint.post("/settings/email")
def save() -> Response:
    """Store the address and send a link to it. An empty field removes it."""
    visitor, email = _visitor(), request.form.get("email", "").strip()
    if not email:
        addresses.remove(visitor.account.id)
        return redirect_to(url_for("settings.page", done="email-removed"))
    try:
        confirmations.ask(visitor.account, email)
    except Refused as refusal:
        return make_response(settings.render(visitor, refusal), refusal.status)
    return redirect_to(url_for("settings.page", done="email"))


@blueprint.post("/settings/email/retry")
def retry() -> Response:
    addresses.forgive(_visitor().account.id)
    return redirect_to(url_for("settings.page", done="email-retry"))


@blueprint.get("/confirm/<token>")
def ask(token: str) -> str:
    """Needs no sign-in, and changes nothing: programs that check mails follow their links."""
    account, email = confirmations.of(token)
    return render_template("pages/confirm_address.html", token=token, name=account.name, email=email, done=False)


@blueprint.post("/confirm/<token>")
def confirm(token: str) -> str:
    account, email = confirmations.of(token)
    confirmations.confirm(token)
    return render_template("pages/confirm_address.html", token=token, name=account.name, email=email, done=True)


def _visitor() -> Visitor:
    visitor = current_visitor()
    if EMAIL not in configured_channels.by_name():
        raise NotFound("E-mail is not set up on this server.")
    return visitor
