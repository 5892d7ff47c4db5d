"""For those who send and steer, by plain forms: `desk` holds what the pages have in common, each other file is one of them."""

from notifier.web.admin import audit, connections, groups, keys, overview, send, sent, users
from notifier.web.admin.layout import blueprint

__all__ = ["audit", "blueprint", "connections", "groups", "keys", "overview", "send", "sent", "users"]
