"""Pages for senders and admins, as plain forms, and their tabs.

`layout` holds what they share, each other file is one page.
"""

from __future__ import annotations

from typing import Any

from flask import url_for

from notifier.models.user import Role
from notifier.web.admin import (
    audit,
    categories,
    connections,
    destinations,
    groups,
    keys,
    outbox,
    overview,
    people_import,
    remotes,
    send,
    sent,
    users,
    webhooks,
)
from notifier.web.admin.layout import blueprint
from notifier.web.auth import permissions
from notifier.web.auth.permissions import Operation
from notifier.web.http.base_path import here

__all__ = [
    "audit",
    "blueprint",
    "categories",
    "connections",
    "destinations",
    "groups",
    "keys",
    "outbox",
    "overview",
    "people_import",
    "remotes",
    "send",
    "sent",
    "users",
    "webhooks",
]

_TABS = (
    ("Overview", "admin.overview", Operation.ADMINISTER),
    ("Send", "admin.send_form", Operation.SEND),
    ("Sent", "admin.sent_messages", Operation.SEND),
    ("Users", "admin.users", Operation.ADMINISTER),
    ("Groups", "admin.groups", Operation.ADMINISTER),
    ("Categories", "admin.categories", Operation.ADMINISTER),
    ("Keys", "admin.keys", Operation.ADMINISTER),
    ("Outbox", "admin.outbox", Operation.ADMINISTER),
    ("Webhooks", "admin.webhooks", Operation.ADMINISTER),
    ("Destinations", "admin.destinations", Operation.ADMINISTER),
    ("Connections", "admin.connections", Operation.ADMINISTER),
    ("Audit", "admin.audit_log", Operation.ADMINISTER),
)
"""(label, endpoint, operation that a user needs to see it) of each tab."""


@blueprint.context_processor
def _add_tabs() -> dict[str, Any]:
    return {"tabs": _tabs}


def _tabs(role: Role) -> list[tuple[str, str, bool]]:
    """(label, address, is it the current one) of each tab that users with `role` may open."""
    found = [(label, url_for(endpoint)) for label, endpoint, operation in _TABS if permissions.role_may(role, operation)]
    return [(label, address, _is_current(address)) for label, address in found]


def _is_current(address: str) -> bool:
    """Whether the requested page is `address` or below it.

    The overview's address is a prefix of every other page's, so it must match exactly.
    """
    below = address != url_for("admin.overview") and here().startswith(f"{address}/")
    return here() == address or below
