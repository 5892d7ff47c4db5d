"""Where deliveries go on each channel, and what becomes of a target that is refused.

A new channel adds its own functions here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, exists, true, update
from sqlalchemy.orm import InstrumentedAttribute

from notifier.channels.ports import Outcome, Result
from notifier.models import Destination, Device, User
from notifier.services.accounts import addresses
from notifier.services.accounts.addresses import Stored
from notifier.services.destinations import posting
from notifier.services.messages.decision import Reason
from notifier.services.outbox import failing
from notifier.services.outbox.claimed import Claimed
from notifier.services.push import devices

EMAIL = "email"
PUSH = devices.PUSH


@dataclass(frozen=True, slots=True)
class Target:
    """A target, and why nothing can be sent there."""

    target: str
    problem: Reason | None = None


def of_users(connection: Connection, channel: str, user_ids: Collection[int]) -> dict[int, list[Target]]:
    """The targets of users on a channel. A user without any is left out."""
    if not user_ids:
        return {}
    if channel == PUSH:
        return {user_id: [Target(one) for one in found] for user_id, found in devices.of_users(connection, user_ids).items()}
    if channel != EMAIL:
        return {}
    return {user_id: [Target(one.email, _problem(one))] for user_id, one in addresses.of_users(connection, user_ids).items()}


def may_be_reached(channel: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether the user of a statement may have a target on a channel, which is a column of it."""
    addressed, has_device = addresses.may_have(), exists().where(Device.user_id == User.id)
    return case((channel == EMAIL, addressed), (channel == PUSH, has_device), else_=true())


def problem(connection: Connection, channel: str, user_id: int, target: str) -> Reason | None:
    """Why nothing can be sent to a target now.

    It may have been removed or refused since the delivery was planned.
    """
    targets = of_users(connection, channel, [user_id]).get(user_id, [])
    return next((one.problem for one in targets if one.target == target), missing(channel))


def missing(channel: str) -> Reason:
    """Why nothing can be sent to a user without a target."""
    return Reason.NO_DEVICE if channel == PUSH else Reason.NO_ADDRESS


def failed(transaction: Connection, claimed: Claimed, outcome: Outcome, now: datetime) -> list[int]:
    """Note that an attempt failed. Returns the users who are notified of it."""
    if claimed.user_id is None:
        which = posting.of_delivery(claimed.target, claimed.destination_id)
        return failing.failed(transaction, Destination, which, outcome, now)
    if outcome.result is Result.REFUSED and outcome.bad_target:
        if claimed.channel == EMAIL:
            addresses.refused(transaction, claimed.user_id, claimed.target, outcome.answer)
        if claimed.channel == PUSH:
            devices.refused(transaction, claimed.target, gone=outcome.gone)
    return []


def accepted(transaction: Connection, claimed: Claimed, now: datetime) -> None:
    """Note that a target works."""
    if claimed.user_id is None:
        which = posting.of_delivery(claimed.target, claimed.destination_id)
        transaction.execute(update(Destination).where(which).values(last_ok_at=now, failing_since=None))
    elif claimed.channel == EMAIL:
        addresses.accepted(transaction, claimed.user_id, claimed.target)
    elif claimed.channel == PUSH:
        devices.accepted(transaction, claimed.target, now)


def _problem(address: Stored) -> Reason | None:
    if address.refusal is not None:
        return Reason.REFUSED_ADDRESS
    return None if address.confirmed else Reason.UNCONFIRMED
