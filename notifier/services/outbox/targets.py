"""Where deliveries to a user go on each channel, and what becomes of a target that is refused.

A new channel adds its own functions here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from notifier.channels.ports import Outcome
from notifier.services.accounts import addresses
from notifier.services.accounts.addresses import Stored
from notifier.services.messages.decision import Reason
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


def problem(connection: Connection, channel: str, user_id: int, target: str) -> Reason | None:
    """Why nothing can be sent to a target now.

    It may have been removed or refused since the delivery was planned.
    """
    targets = of_users(connection, channel, [user_id]).get(user_id, [])
    return next((one.problem for one in targets if one.target == target), missing(channel))


def missing(channel: str) -> Reason:
    """Why nothing can be sent to a user without a target."""
    return Reason.NO_DEVICE if channel == PUSH else Reason.NO_ADDRESS


def refused(transaction: Connection, channel: str, user_id: int, target: str, outcome: Outcome) -> None:
    """Note that a target was refused for good."""
    if channel == EMAIL:
        addresses.refused(transaction, user_id, target, outcome.answer)
    if channel == PUSH:
        devices.refused(transaction, target, gone=outcome.gone)


def accepted(transaction: Connection, channel: str, user_id: int, target: str) -> None:
    """Note that a target works."""
    if channel == EMAIL:
        addresses.accepted(transaction, user_id, target)
    if channel == PUSH:
        devices.accepted(transaction, target)


def _problem(address: Stored) -> Reason | None:
    if address.refusal is not None:
        return Reason.REFUSED_ADDRESS
    return None if address.confirmed else Reason.UNCONFIRMED
