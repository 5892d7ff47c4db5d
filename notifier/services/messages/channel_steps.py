"""Steps of a message on the channels beside the inbox, committed with the message.

At most two for each channel: *at once*, and *later* for what is not read by then. Without a channel none, and no statement.

What the transaction of the send reads is what counts. Where none of its recipients gets e-mail at once or in a digest, there is only the
later step, which also takes those who have chosen so since; where none has a device, there is no step for pushes. A message whose
recipients are written later has all steps.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import Connection, bindparam, insert

from notifier import database
from notifier.channels.ports import Channel
from notifier.models import Step
from notifier.services import configured_channels
from notifier.services.messages.arrivals import Facts
from notifier.services.messages.decision import URGENT, Decision
from notifier.services.preferences.digest_times import FREQUENCIES
from notifier.services.push import devices

IMMEDIATE = ("at_once", *FREQUENCIES)
"""Decisions that the step at once carries out."""
_DEFAULT_WAIT_MINUTES = 30
# Both steps of a category that does not wait would be the same row.
_MIN_WAIT = timedelta(microseconds=1)
_COLUMNS = ("message_id", "channel", "due_at", "later")
_INSERT = database.Prepared(insert(Step).values(**{name: bindparam(name) for name in _COLUMNS}, cursor=0))


def add(
    transaction: Connection, message: Facts, minutes: int | None, recipients: Sequence[int], decisions: Collection[Decision] | None
) -> None:
    """Add the steps of a new message. `outbox.steps` does them when they are due.

    `minutes`: how long its category waits; None for a message without one. `recipients`: in rising order.
    `decisions`: as `inbox_writes.Delivered` has them; None while the recipients are not written.

    A channel with a wait of its own has only the later step, which is due at once for an urgent message.
    """
    for channel in configured_channels.by_name().values():
        if channel.to_users and recipients:
            for wait, later in _steps(transaction, channel, message, minutes, recipients, decisions):
                values = {"message_id": message.id, "channel": channel.name, "due_at": message.created_at + wait, "later": later}
                _INSERT.queue(transaction, **values)


def _steps(
    transaction: Connection,
    channel: Channel,
    message: Facts,
    minutes: int | None,
    recipients: Sequence[int],
    decisions: Collection[Decision] | None,
) -> list[tuple[timedelta, bool]]:
    """The steps on one channel: how long each waits, and whether it is the later one."""
    if channel.waits is not None:
        if decisions is not None and channel.name == devices.PUSH and not devices.any_between(transaction, recipients[0], recipients[-1]):
            return []
        return [(timedelta() if message.priority == URGENT else channel.waits, True)]
    wait = max(timedelta(minutes=_DEFAULT_WAIT_MINUTES if minutes is None else minutes), _MIN_WAIT)
    wanted = decisions is None or any(getattr(decided, channel.name) in IMMEDIATE for decided in decisions)
    return [(timedelta(), False), (wait, True)] if wanted else [(wait, True)]
