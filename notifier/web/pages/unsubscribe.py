"""Links that stop e-mails of one category: a page, and the one click of mail programs.

By RFC 8058. The token in the address is all they need, with and without a cookie. GET changes nothing: programs that check mails
follow links.
"""

from __future__ import annotations

from flask import render_template, request

from notifier import mail_addresses
from notifier.services.outbox import link_tokens, unsubscribe
from notifier.services.outbox.unsubscribe import Subscription
from notifier.web.pages.error_pages import page_blueprint

blueprint = page_blueprint("unsubscribe", __name__, url_prefix="/u")


@blueprint.get("/<token>")
def ask(token: str) -> str:
    return _render(token, unsubscribe.of(token), "ask")


@blueprint.post("/<token>")
def stop(token: str) -> str:
    """`undo`: the signed choice before, which the page after the stop sends back."""
    if "undo" in request.form:
        unsubscribe.undo(token, link_tokens.read_choice(token, request.form["undo"]))
        return _render(token, unsubscribe.of(token), "undone")
    before = unsubscribe.stop(token)
    return _render(token, unsubscribe.of(token), "stopped", undo=link_tokens.choice(token, before))


def _render(token: str, found: Subscription, state: str, undo: str = "") -> str:
    target = mail_addresses.shortened(found.target) if found.target else "you"
    return render_template("pages/unsubscribe.html", token=token, label=found.label, target=target, state=state, undo=undo)
