"""What the pages of senders and admins have in common: who may see them, their tabs, and a question before what cannot be undone."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from notifier.errors import FieldError, Refused, invalid
from notifier.models.columns import new_public_id
from notifier.services import idempotency
from notifier.web.auth import permissions
from notifier.web.auth.permissions import Operation
from notifier.web.pages.layout import Visitor, page, pages, visitor

blueprint = pages("admin", __name__, url_prefix="/admin")

ROWS = 25
"""In a page of a list."""
_TABS = (
    ("Overview", "admin.index", Operation.ADMINISTER),
    ("Send", "admin.send", Operation.SEND),
    ("Sent", "admin.sent_messages", Operation.SEND),
    ("Users", "admin.list_users", Operation.ADMINISTER),
    ("Groups", "admin.groups", Operation.ADMINISTER),
    ("Keys", "admin.keys", Operation.ADMINISTER),
    ("Connections", "admin.connections", Operation.ADMINISTER),
    ("Audit", "admin.audit_log", Operation.ADMINISTER),
)
_LARGEST = 2**62


def an_admin() -> Visitor:
    """Raises as `visitor`."""
    return visitor(Operation.ADMINISTER)


def a_sender() -> Visitor:
    """Somebody who may send: a sender or an admin. Raises as `visitor`."""
    return visitor(Operation.SEND)


def whose(looking: Visitor) -> str | None:
    """Whose messages they see: senders their own, admins everybody's."""
    return permissions.steered_by(looking.account)


def desk(template: str, looking: Visitor, refusal: Refused | None = None, **context: Any) -> str:
    """`template` of `pages/admin/`, with the tabs, and what was wrong with the form it shows again, by field."""
    role = looking.account.role
    tabs = [(label, url_for(endpoint)) for label, endpoint, operation in _TABS if permissions.role_may(role, operation)]
    wrong: dict[str, FieldError | str] = {error.field: error.detail for error in refusal.errors} if refusal else {}
    done = request.args.get("done", "") if refusal is None else ""
    return page(f"pages/admin/{template}", looking, tabs=_here(tabs), wrong=wrong, refusal=refusal, done=done, once=once(), **context)


def once() -> str:
    """A key for a form that is to work once."""
    return new_public_id()


def use_up(looking: Visitor) -> None:
    """Raises `Conflict` when this form was sent before: what it shows is shown once, and done once."""
    key = request.form.get("once", "")
    if not key:
        raise invalid("once", "is missing; load the page anew")
    idempotency.claim(looking.account.sender, f"form:{key}"[:255])


def question(looking: Visitor, title: str, text: str, button: str, *, back: str) -> str | None:
    """A page that asks whether they are sure, sent back as the same form; None when they are. `back`: where to, if not."""
    if request.form.get("sure") == "yes":
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "sure")]
    return desk("question.html", looking, title=title, text=text, button=button, fields=fields, back=back)


def text_of(name: str, longest: int = 200) -> str:
    """What the address or the form says under `name`: one line without blanks around it, cut. No database takes every character."""
    return "".join(filter(str.isprintable, request.values.get(name, ""))).strip()[:longest]


def number_of(name: str) -> int | None:
    """A whole number in the address, None for anything else."""
    given = request.args.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and int(given[:20]) < _LARGEST else None


def _here(tabs: list[tuple[str, str]]) -> list[tuple[str, str, bool]]:
    """(label, address, whether this page stands under it) of each."""
    root = url_for("admin.index")
    return [(label, there, request.path == there or (there != root and request.path.startswith(f"{there}/"))) for label, there in tabs]
