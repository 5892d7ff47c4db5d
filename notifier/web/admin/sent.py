"""Sent messages: receipts, replies, delivery trace of one recipient, and withdrawing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Response, render_template, url_for

from notifier.errors import NotFound, Refused, invalid
from notifier.services.accounts import users
from notifier.services.messages import delivery_trace, reasons, replies, reports, withdraw
from notifier.services.outbox import channel_trace
from notifier.web.admin.layout import (
    PAGE_SIZE,
    blueprint,
    confirmation,
    current_sender,
    number_argument,
    render_admin_page,
    text_field,
    visible_sender,
)
from notifier.web.pages.browser_request import redirect_to
from notifier.web.pages.visitor import Visitor
from notifier.web.presenters.notification import iso, item_view
from notifier.web.presenters.reasons import reason_text

# A spreadsheet takes a cell that begins like this for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PAGE_SIZE = 20


@blueprint.get("/sent")
def sent_messages() -> str:
    visitor = current_sender()
    query = text_field("q")
    listed = reports.listing(visible_sender(visitor), query, limit=_PAGE_SIZE, before=number_argument("before"))
    counted = [(message, reports.receipts(message)) for message in listed.rows]
    names = reports.names(message.sender for message in listed.rows)
    return render_admin_page("sent.html", visitor, listed=listed, counted=counted, names=names, q=query)


@blueprint.get("/sent/<uuid:public_id>")
def message(public_id: UUID) -> str:
    visitor = current_sender()
    found = reports.get(str(public_id), visible_sender(visitor))
    return _render_message(visitor, found)


@blueprint.get("/sent/<uuid:public_id>/live")
def live_receipts(public_id: UUID) -> str:
    """The receipts alone, for polling."""
    found = reports.get(str(public_id), visible_sender(current_sender()))
    return render_template("partials/admin/_receipts.html", message=found, receipts=reports.receipts(found))


@blueprint.get("/sent/<uuid:public_id>/unread.csv")
def unread_csv(public_id: UUID) -> Response:
    found = reports.get(str(public_id), visible_sender(current_sender()))
    headers = {"Content-Disposition": f"attachment; filename=unread-{found.public_id}.csv"}
    return Response(_csv(reports.all_unread(found.id)), content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.post("/sent/<uuid:public_id>/withdraw")
def withdraw_message(public_id: UUID) -> str | Response:
    visitor = current_sender()
    found = reports.get(str(public_id), visible_sender(visitor))
    text = f"“{found.title}” is removed from every inbox and every open page at once. This cannot be undone."
    if page := confirmation(visitor, "Withdraw this message?", text, "Withdraw", back=url_for(".message", public_id=public_id)):
        return page
    withdraw.withdraw(found.public_id, visible_sender(visitor))
    return redirect_to(url_for(".message", public_id=public_id, done="withdrawn"))


def _render_message(visitor: Visitor, found: Any) -> str:
    username = text_field("user")
    trace, refusal = _trace(found, username) if username else (None, None)
    context: dict[str, Any] = {
        "message": found,
        "receipts": reports.receipts(found),
        "waiting": reports.unread(found.id, limit=PAGE_SIZE, after=number_argument("after") or -1),
        "names": reports.names([found.sender]),
        "reason_text": reason_text,
        "username": username,
        "trace": trace,
        "why": _why(found, username) if trace else None,
        "channels": channel_trace.of(found.id, users.by_name(username).id) if trace and trace.seq is not None else [],
        "posts": channel_trace.of_destinations(found.id),
        "item": item_view(found, "preview", status="unread"),
    }
    if any("reply" in action for action in found.actions):
        context["answers"] = replies.given_to(found.public_id, None, after=text_field("answered", 36) or None, limit=PAGE_SIZE)
        context["answers_full"] = len(context["answers"]) == PAGE_SIZE
    return render_admin_page("message.html", visitor, refusal, **context)


def _trace(found: Any, username: str) -> tuple[Any, Refused | None]:
    """The delivery trace, or what is wrong with the user's name."""
    try:
        return delivery_trace.of(found, username), None
    except NotFound as unknown:
        return None, invalid("user", unknown.detail)


def _why(found: Any, username: str) -> Any:
    """Why the message came to a user as it did; None if it is not in the inbox."""
    user, row = reports.recipient(found.id, username)
    return None if row is None else reasons.of(user.id, found.id, row.arrival, row.quiet)


def _csv(rows: Iterable[Any]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["name", "seen_at", "status"])
    for row in rows:
        table.writerow([_plain(row.name), iso(row.seen_at) if row.seen_at else "", row.status])
    return text.getvalue()


def _plain(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
