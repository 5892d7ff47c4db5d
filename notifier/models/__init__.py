"""The tables. Integer keys inside, UUIDv7 strings (`public_id`) outside. Nothing here commits."""

from notifier.models.group import Group, Membership
from notifier.models.inbox import Inbox
from notifier.models.installation import Installation
from notifier.models.message import Message
from notifier.models.notification import Notification
from notifier.models.user import User

__all__ = ["Group", "Inbox", "Installation", "Membership", "Message", "Notification", "User"]
