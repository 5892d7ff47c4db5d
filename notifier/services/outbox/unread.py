"""Whether a notification still waits for its user."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from notifier.models import Notification
from notifier.models.notification import Status
from notifier.services.messages.decision import Reason

# Not `in_`, whose list a prepared statement cannot hold.
_OFF_IN_THE_APP = (Notification.arrival == Reason.DEFAULT_OFF.value) | (Notification.arrival == Reason.CHOICE_OFF.value)


def is_unread(*, later: bool) -> ColumnElement[bool]:
    """Whether the user has not read it.

    `later`: for what is sent only if it is still unread. What is sent at once or in a digest is also sent to a user who turned its
    category off in the app, where it is archived on arrival.
    """
    waiting = Notification.status == Status.UNREAD
    if later:
        return waiting
    return waiting | ((Notification.status == Status.ARCHIVED) & _OFF_IN_THE_APP & Notification.read_at.is_(None))
