"""What all admin pages share: access by role, errors of forms, and confirmations."""

from __future__ import annotations

from typing import Any

from flask import request

from notifier.errors import FieldError, Refused, invalid
from notifier.models.columns import new_public_id
from notifier.services import idempotency
from notifier.web.auth import permissions
from notifier.web.auth.permissions import Operation
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.layout import render_page
from notifier.web.pages.visitor import Visitor, current_visitor

blueprint = page_blueprint("admin", __name__, url_prefix="/admin")

PAGE_SIZE = 25
"""Rows on one page of a list."""
_MAX_ID = 2**62


def current_admin() -> Visitor:
    """The signed-in admin. Raises as `current_visitor`."""
    return current_visitor(Operation.ADMINISTER)


def current_sender() -> Visitor:
    """The signed-in sender or admin. Raises as `current_visitor`."""
    return current_visitor(Operation.SEND)


def visible_sender(visitor: Visitor) -> str | None:
    """The sender whose messages the visitor may see; None for an admin, who sees all."""
    return permissions.steered_by(visitor.account)


def render_admin_page(template: str, visitor: Visitor, refusal: Refused | None = None, **context: Any) -> str:
    """Render a template of `pages/admin/`.

    With `refusal` also the error of each form field.
    """
    wrong: dict[str, FieldError | str] = {error.field: error.detail for error in refusal.errors} if refusal else {}
    done = request.args.get("done", "") if refusal is None else ""
    context |= {"wrong": wrong, "refusal": refusal, "done": done, "form_key": new_form_key()}
    return render_page(f"pages/admin/{template}", visitor, **context)


def new_form_key() -> str:
    """A key for a form that must take effect at most once."""
    return new_public_id()


def claim_form_key(visitor: Visitor) -> None:
    """Raise `Conflict` if this form was submitted before.

    It creates a secret, which is made and shown once.
    """
    key = request.form.get("once", "")
    if not key:
        raise invalid("once", "is missing; reload the page")
    idempotency.claim(visitor.account.sender, f"form:{key}"[:255])


def confirmation(visitor: Visitor, title: str, text: str, button: str, *, back: str) -> str | None:
    """Return a page that asks "Are you sure?", or None if the user has confirmed.

    The page sends the same form again. `back`: the address behind "Cancel".
    """
    if request.form.get("sure") == "yes":
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "sure")]
    return render_admin_page("confirm.html", visitor, title=title, text=text, button=button, fields=fields, back=back)


def text_field(name: str, max_length: int = 200) -> str:
    """One line of text from the query or the form, trimmed.

    Without control characters: databases do not accept all of them.
    """
    return "".join(filter(str.isprintable, request.values.get(name, ""))).strip()[:max_length]


def number_argument(name: str) -> int | None:
    """A whole number from the query, None for anything else."""
    given = request.args.get(name, "")
    short = len(given) < 20 and given.isascii() and given.isdigit()  # Python refuses to read thousands of digits, zeros too
    return int(given) if short and int(given) < _MAX_ID else None
