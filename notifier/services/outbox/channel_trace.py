"""What became of a message on each channel for one user, for the delivery trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from notifier import database, mail_addresses
from notifier.models import Delivery, Notification, Step
from notifier.models.delivery import State
from notifier.services import configured_channels
from notifier.services.messages import arrivals
from notifier.services.messages.decision import Reason
from notifier.services.outbox import targets
from notifier.services.preferences.digest_times import FREQUENCIES

LABELS = {"email": "E-mail", "push": "Push", "destination": "Destination"}


@dataclass(frozen=True, slots=True)
class ChannelTrace:
    """`event`: a state of a delivery, or `planned`.

    `reason`: of `decision.Reason`, why there is none or it was not sent.

    `at`: when that was, or is to be. `target`: shortened.
    """

    channel: str
    event: str
    reason: str | None = None
    at: datetime | None = None
    target: str = ""
    attempts: int = 0
    answer: str | None = None


def of(message_id: int, user_id: int) -> list[ChannelTrace]:
    """The traces of a message to a user, one for each channel and delivery."""
    with database.read() as connection:
        return [trace for name in _to_users() for trace in _of_channel(connection, name, message_id, user_id)]


def of_destinations(message_id: int) -> list[ChannelTrace]:
    """The traces of a message to destinations, by name."""
    own = (Delivery.message_id == message_id) & Delivery.user_id.is_(None)
    with database.read() as connection:
        return [
            _of_delivery(row.target, row) for row in connection.execute(select(Delivery.__table__).where(own).order_by(Delivery.target))
        ]


def _to_users() -> list[str]:
    return [name for name, channel in configured_channels.by_name().items() if channel.to_users]


def _of_channel(connection: Connection, channel: str, message_id: int, user_id: int) -> list[ChannelTrace]:
    own = (Delivery.message_id == message_id) & (Delivery.user_id == user_id) & (Delivery.channel == channel)
    rows = connection.execute(select(Delivery.__table__).where(own).order_by(Delivery.id)).all()
    label = LABELS.get(channel, channel)
    return [_of_delivery(label, row) for row in rows] or [_without_delivery(connection, channel, label, message_id, user_id)]


def _of_delivery(label: str, row: Any) -> ChannelTrace:
    at = row.not_before if row.state in (State.WAITING, State.SENDING) else row.settled_at
    return ChannelTrace(
        label,
        row.state,
        row.reason,
        at,
        mail_addresses.shortened(row.target) if row.channel == targets.EMAIL else "",
        row.attempts,
        row.answer,
    )


def _without_delivery(connection: Connection, channel: str, label: str, message_id: int, user_id: int) -> ChannelTrace:
    """Why no delivery was made, or when it will be."""
    message = arrivals.facts(connection, message_id)
    decided = arrivals.decisions(connection, message, [user_id])[user_id]
    chosen: str = getattr(decided, channel)
    if chosen == "off":
        return ChannelTrace(label, State.SKIPPED, decided.reasons.get(channel, Reason.CHANNEL_OFF))  # type: ignore[call-overload]
    found = targets.of_users(connection, channel, [user_id]).get(user_id, [])
    if not found or found[0].problem is not None:
        return ChannelTrace(label, State.SKIPPED, found[0].problem if found else targets.missing(channel))
    if chosen in FREQUENCIES:
        return ChannelTrace(label, State.SKIPPED, Reason.IN_DIGEST)
    read = select(Notification.read_at).where(Notification.message_id == message_id, Notification.user_id == user_id)
    if connection.scalar(read) is not None:
        return ChannelTrace(label, State.SKIPPED, Reason.READ_MEANWHILE)
    own = select(Step.due_at, Step.done_at).where(Step.message_id == message_id, Step.channel == channel)
    steps = connection.execute(own.order_by((Step.later == (chosen in ("unread", "on"))).desc())).all()
    if steps and steps[0].done_at is None:
        return ChannelTrace(label, "planned", None, steps[0].due_at)
    none_then = Reason.NO_DEVICE if channel == targets.PUSH and not steps else Reason.CHANNEL_OFF
    return ChannelTrace(label, State.SKIPPED, none_then)
