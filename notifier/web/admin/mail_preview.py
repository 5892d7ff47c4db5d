"""The e-mail in the preview of the send form: when the default of its category sends one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notifier.services import configured_channels
from notifier.services.outbox.targets import EMAIL
from notifier.services.preferences import categories, category_admin

_WHEN = {
    "off": "not sent by default",
    "at_once": "sent at once",
    "hourly": "in the hourly e-mail",
    "daily": "in the daily e-mail",
    "weekly": "in the weekly e-mail",
}


@dataclass(frozen=True, slots=True)
class MailPreview:
    """`category`: its label; `when`: what happens for users who have chosen nothing else."""

    category: str
    when: str


def mail_preview(type_: str) -> MailPreview | None:
    """None where e-mail is not set up."""
    if EMAIL not in configured_channels.by_name():
        return None
    category = categories.best(category_admin.listing(), type_)
    return MailPreview(category.label, _when(category))


def _when(category: Any) -> str:
    if category.email == "unread":
        minutes = category.wait_minutes
        return f"if it is still unread after {minutes} {'minute' if minutes == 1 else 'minutes'}"
    return _WHEN[category.email]
