"""Steps of a message on the channels beside the inbox, committed with the message.

At most two for each channel: *at once*, and *later* for what is not read by then. Without a channel none, and no statement.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from notifier.models import Step
from notifier.services import configured_channels

_DEFAULT_WAIT_MINUTES = 30
_INSERT = insert(Step)
# Both steps of a category that does not wait would be the same row.
_MIN_WAIT = timedelta(microseconds=1)


def add(transaction: Connection, message_id: int, minutes: int | None, created_at: datetime, *, urgent: bool) -> None:
    """Add the steps of a new message. `outbox.steps` does them when they are due.

    `minutes`: how long its category waits; None for a message without one.

    A channel with a wait of its own has only the later one, which is due at once for a message that is `urgent`.
    """
    found = {name: channel for name, channel in configured_channels.by_name().items() if channel.to_users}
    if not found:
        return
    wait = timedelta(minutes=_DEFAULT_WAIT_MINUTES if minutes is None else minutes)
    rows = []
    for name, channel in found.items():
        if channel.waits is None:
            rows += [(name, created_at, False), (name, created_at + max(wait, _MIN_WAIT), True)]
        else:
            rows.append((name, created_at if urgent else created_at + channel.waits, True))
    values = [{"message_id": message_id, "channel": name, "due_at": due_at, "later": later} for name, due_at, later in rows]
    transaction.execute(_INSERT, values)
