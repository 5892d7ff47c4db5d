"""The tables. Integer keys inside, UUIDv7 strings (`public_id`) outside.

No module here runs a statement.
"""

from notifier.models.address import Address
from notifier.models.api_key import ApiKey
from notifier.models.attention import Attention
from notifier.models.audience import AudienceChunk
from notifier.models.audit_entry import AuditEntry
from notifier.models.category import Category
from notifier.models.choice import Choice
from notifier.models.delivery import Delivery
from notifier.models.destination import Destination
from notifier.models.device import Device
from notifier.models.digest import Digest
from notifier.models.group import Group, Membership
from notifier.models.idempotency_key import IdempotencyKey
from notifier.models.identity import Identity
from notifier.models.inbox import Inbox
from notifier.models.installation import Installation
from notifier.models.message import Message
from notifier.models.mute import Mute
from notifier.models.notification import Notification
from notifier.models.process import Figure, Process, StreamVisit
from notifier.models.reply import Reply
from notifier.models.session import Session, Watcher
from notifier.models.sign_in import SignIn
from notifier.models.step import Step
from notifier.models.user import User
from notifier.models.webhook import Webhook, WebhookAttempt, WebhookCall

__all__ = [
    "Address",
    "ApiKey",
    "Attention",
    "AudienceChunk",
    "AuditEntry",
    "Category",
    "Choice",
    "Delivery",
    "Destination",
    "Device",
    "Digest",
    "Figure",
    "Group",
    "IdempotencyKey",
    "Identity",
    "Inbox",
    "Installation",
    "Membership",
    "Message",
    "Mute",
    "Notification",
    "Process",
    "Reply",
    "Session",
    "SignIn",
    "Step",
    "StreamVisit",
    "User",
    "Watcher",
    "Webhook",
    "WebhookAttempt",
    "WebhookCall",
]
