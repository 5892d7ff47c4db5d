"""The audit log, searchable."""

from __future__ import annotations

from notifier.services import audit
from notifier.web.admin.layout import ROWS, an_admin, blueprint, desk, number_of, text_of

_KINDS = ("message", "sign_in", "sign_out", "user", "password", "group", "member", "key", "session", "stream", "streams", "epoch")


@blueprint.get("/audit")
def audit_log() -> str:
    looking = an_admin()
    query, action = text_of("q"), text_of("action", 40)
    found = audit.search(query, action, limit=2 * ROWS, before=number_of("before"))
    return desk("audit.html", looking, found=found, q=query, action=action, kinds=_KINDS)
