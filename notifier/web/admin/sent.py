"""What became of messages: how many have them, saw, read and clicked them, who has not, and the way to one recipient."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Response, render_template, url_for

from notifier.errors import NotFound, invalid
from notifier.services.messages import delivery_trace, replies, reports, withdraw
from notifier.web.admin.layout import ROWS, a_sender, blueprint, desk, number_of, question, text_of, whose
from notifier.web.pages.layout import Visitor, to
from notifier.web.presenters.notification import iso, shown

# What a spreadsheet would take for a formula, were it not text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MESSAGES = 20


@blueprint.get("/sent")
def sent_messages() -> str:
    looking = a_sender()
    query = text_of("q")
    listed = reports.listing(whose(looking), query, limit=_MESSAGES, before=number_of("before"))
    counted = [(message, reports.receipts(message)) for message in listed.rows]
    names = reports.names(message.sender for message in listed.rows)
    return desk("sent.html", looking, listed=listed, counted=counted, names=names, q=query)


@blueprint.get("/sent/<uuid:public_id>")
def message(public_id: UUID) -> str:
    looking = a_sender()
    found = reports.get(str(public_id), whose(looking))
    return _message(looking, found)


@blueprint.get("/sent/<uuid:public_id>/live")
def live_message(public_id: UUID) -> str:
    """Its figures alone, as they are now."""
    found = reports.get(str(public_id), whose(a_sender()))
    return render_template("partials/admin/_receipts.html", message=found, receipts=reports.receipts(found))


@blueprint.get("/sent/<uuid:public_id>/unread.csv")
def unread_csv(public_id: UUID) -> Response:
    found = reports.get(str(public_id), whose(a_sender()))
    headers = {"Content-Disposition": f"attachment; filename=unread-{found.public_id}.csv"}
    return Response(_csv(reports.all_unread(found.id)), content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.post("/sent/<uuid:public_id>/withdraw")
def withdraw_message(public_id: UUID) -> str | Response:
    looking = a_sender()
    found = reports.get(str(public_id), whose(looking))
    text = f"“{found.title}” leaves every inbox at once, on every screen that is open, for good."
    if asked := question(looking, "Withdraw this message?", text, "Withdraw", back=url_for(".message", public_id=public_id)):
        return asked
    withdraw.withdraw(found.public_id, whose(looking))
    return to(url_for(".message", public_id=public_id, done="withdrawn"))


def _message(looking: Visitor, found: Any) -> str:
    waiting = reports.unread(found.id, limit=ROWS, after=number_of("after") or -1)
    user, traced, refusal = text_of("user"), None, None
    if user:
        try:
            traced = delivery_trace.of(found, user)
        except NotFound as unknown:
            refusal = invalid("user", unknown.detail)
    context: dict[str, Any] = {
        "message": found,
        "receipts": reports.receipts(found),
        "waiting": waiting,
        "names": reports.names([found.sender]),
    }
    if any("reply" in action for action in found.actions):
        context["answers"] = replies.given_to(found.public_id, None, after=text_of("answered", 36) or None, limit=ROWS)
    drawn = shown(found, "preview", status="unread")
    return desk("message.html", looking, refusal, user_asked=user, trace=traced, item=drawn, **context)


def _csv(rows: Iterable[Any]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["name", "seen_at", "status"])
    for row in rows:
        table.writerow([_plain(row.name), iso(row.seen_at) if row.seen_at else "", row.status])
    return text.getvalue()


def _plain(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
