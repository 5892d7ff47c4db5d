"""Why a notification came to its user as it did: category, reason, and since when that holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from notifier import database
from notifier.models import Category, Choice, Mute
from notifier.services.messages import arrivals, sender_names
from notifier.services.messages.decision import Reason
from notifier.services.validation import name_key

_MUTED = "muted_"


@dataclass(frozen=True, slots=True)
class Why:
    """`reason`: one of `decision.Reason`, or None. `quiet`: it made no toast and no sound.

    `category`: its label. `value`: what the user gets of the category in the app now. `chosen_at`: when the user made the choice or the
    mute that is the reason; None where it was the default, quiet hours or a pause, or where the user has chosen otherwise since.
    `mutes`: the ids of the user's mutes that fit the message, by kind.
    """

    reason: str | None
    quiet: bool
    category: str
    value: str
    locked: bool
    chosen_at: datetime | None
    sender: str | None
    mutes: Mapping[str, str]


def of(user_id: int, message_id: int, arrival: str | None, quiet: bool) -> Why:
    """Why a message came to a user as it did.

    `arrival`, `quiet`: from the row of the notification.
    """
    with database.read() as connection:
        message = arrivals.facts(connection, message_id)
        label = connection.scalar(select(Category.label).where(Category.id == message.category_id)) or ""
        own = (Choice.category_id == message.category_id) & (Choice.user_id == user_id) & (Choice.channel == "in_app")
        choice = connection.execute(select(Choice.value, Choice.changed_at).where(own)).one_or_none()
        name = sender_names.name(connection, message.sender)
        value = "on" if message.locked else choice.value if choice else message.in_app or "on"
        mutes = {row.kind: row for row in _mutes(connection, user_id, message, name)}
        cause = "off" if arrival == Reason.CHOICE_OFF else "quiet" if arrival is None and quiet else None
        since = choice.changed_at if choice and choice.value == cause else None
        if arrival is not None and arrival.startswith(_MUTED):
            mute = mutes.get(arrival.removeprefix(_MUTED))
            since = mute and mute.created_at
        return Why(arrival, quiet, label, value, bool(message.locked), since, name, {kind: row.public_id for kind, row in mutes.items()})


def _mutes(connection: Connection, user_id: int, message: Any, sender: str | None) -> list[Any]:
    """The user's mutes of the message's type, thread and sender that are not over."""
    values = {"type": message.type, "thread": message.thread, "sender": sender and name_key(sender)}
    current = or_(Mute.until.is_(None), Mute.until > database.clock(connection))
    found = connection.execute(select(Mute.__table__).where(Mute.user_id == user_id, current))
    return [row for row in found if row.value == values[row.kind]]
