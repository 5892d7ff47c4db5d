"""The audit log, with search."""

from __future__ import annotations

from notifier.services import audit
from notifier.web.admin.layout import PAGE_SIZE, blueprint, current_admin, number_argument, render_admin_page, text_field

_KINDS = (
    *("message", "reply", "sign_in", "sign_out", "user", "password", "group", "member", "key"),
    *("session", "stream", "streams", "epoch", "denied"),
)


@blueprint.get("/audit")
def audit_log() -> str:
    visitor = current_admin()
    query, action = text_field("q"), text_field("action", 40)
    found = audit.search(query, action, limit=2 * PAGE_SIZE, before=number_argument("before"))
    return render_admin_page("audit.html", visitor, found=found, q=query, action=action, kinds=_KINDS)
