"""Pages for senders and admins, as plain forms.

`layout` holds what they share, each other file is one page.
"""

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
