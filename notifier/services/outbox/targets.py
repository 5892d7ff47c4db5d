"""Where deliveries to a user go on each channel, and what becomes of a target that is refused.

A new channel adds its own functions here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from notifier.services.accounts import addresses
from notifier.services.accounts.addresses import Stored
from notifier.services.messages.decision import Reason

EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Target:
    """A target, and why nothing can be sent there."""

    target: str
    problem: Reason | None = None


def of_users(connection: Connection, channel: str, user_ids: Collection[int]) -> dict[int, list[Target]]:
    """The targets of users on a channel. A user without any is left out."""
    if channel != EMAIL or not user_ids:
        return {}
    return {user_id: [Target(one.email, _problem(one))] for user_id, one in addresses.of_users(connection, user_ids).items()}


def problem(connection: Connection, channel: str, user_id: int, target: str) -> Reason | None:
    """Why nothing can be sent to a target now.

    It may have been removed or refused since the delivery was planned.
    """
    targets = of_users(connection, channel, [user_id]).get(user_id, [])
    return next((one.problem for one in targets if one.target == target), Reason.NO_ADDRESS)


def refused(transaction: Connection, channel: str, user_id: int, target: str, answer: str) -> None:
    """Note that a target was refused for good."""
    if channel == EMAIL:
        addresses.refused(transaction, user_id, target, answer)


def accepted(transaction: Connection, channel: str, user_id: int, target: str) -> None:
    """Note that a target works."""
    if channel == EMAIL:
        addresses.accepted(transaction, user_id, target)


def _problem(address: Stored) -> Reason | None:
    if address.refusal is not None:
        return Reason.REFUSED_ADDRESS
    return None if address.confirmed else Reason.UNCONFIRMED
