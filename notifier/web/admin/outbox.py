"""The outbox: what waits, what was given up and why, and trying again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, make_response, request, url_for

from notifier.channels.ports import Kind
from notifier.errors import NotFound, Refused, invalid
from notifier.services import configured_channels
from notifier.services.accounts import addresses, page_settings
from notifier.services.outbox import administration, channel_trace, deliveries
from notifier.services.outbox.targets import EMAIL
from notifier.web.admin.layout import (
    PAGE_SIZE,
    blueprint,
    confirmation,
    current_admin,
    number_argument,
    render_admin_page,
    text_field,
)
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.visitor import Visitor

_ABOUT = {Kind.CONFIRM: "Confirm the address", Kind.TEST: "Test"}
_FREQUENCIES = {"hourly": "Hourly digest", "daily": "Daily digest", "weekly": "Weekly digest"}


@blueprint.get("/outbox")
def outbox() -> str:
    return _render(current_admin())


@blueprint.post("/outbox/<uuid:public_id>/retry")
def retry_delivery(public_id: UUID) -> Response:
    current_admin()
    administration.retry(str(public_id))
    return redirect_to(url_for(".outbox", done="retried"))


@blueprint.post("/outbox/retry")
def retry_deliveries() -> str | Response:
    visitor = current_admin()
    text = "Each is sent again as soon as its service takes it, also what was refused for good before."
    if page := confirmation(visitor, "Try all that were given up again?", text, "Try again", back=url_for(".outbox")):
        return page
    administration.retry_all()
    return redirect_to(url_for(".outbox", done="retried"))


@blueprint.post("/outbox/<uuid:public_id>/drop")
def drop_delivery(public_id: UUID) -> Response:
    current_admin()
    administration.drop(str(public_id))
    return redirect_to(url_for(".outbox", done="dropped"))


@blueprint.post("/outbox/test")
def send_test_mail() -> Response:
    visitor = current_admin()
    try:
        _send_test(visitor)
    except Refused as refusal:
        return make_response(_render(visitor, refusal), refusal.status)
    return redirect_to(url_for(".outbox", done="test"))


def _send_test(visitor: Visitor) -> None:
    if EMAIL not in configured_channels.by_name():
        raise NotFound("E-mail is not set up: NOTIFIER_MAIL_URL names the server that takes the mails.")
    stored = addresses.get(visitor.account.id)
    email = request.form.get("email", "").strip() or (stored.email if stored else "")
    if not email:
        raise invalid("email", "is needed, since your account has no e-mail address")
    deliveries.send_test(visitor.account, addresses.valid(email))


def _render(visitor: Visitor, refusal: Refused | None = None) -> str:
    which = request.args.get("which", "")
    rows, before = administration.listing(which, limit=PAGE_SIZE, before=number_argument("before"))
    zone = page_settings.get(visitor.account.id).zone
    midnight = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    shown: dict[str, Any] = {
        "counts": administration.counts(midnight),
        "rows": [(row, _about(row)) for row in rows],
        "before": before,
        "labels": channel_trace.LABELS,
    }
    return render_admin_page(
        "outbox.html",
        visitor,
        refusal,
        which=which,
        email_on=EMAIL in configured_channels.by_name(),
        email=text_field("email", 300),
        **shown,
    )


def _about(row: Any) -> str:
    if row.kind == Kind.MESSAGE:
        return row.title or "a removed message"
    return _FREQUENCIES.get(row.frequency, "Digest") if row.kind == Kind.DIGEST else _ABOUT[Kind(row.kind)]
