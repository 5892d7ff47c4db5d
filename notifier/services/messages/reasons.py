"""Why a notification came to its user as it did: category, reason, and since when that holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from notifier import database
from notifier.models import Category, Choice, Mute
from notifier.services.messages import arrivals
from notifier.services.messages.arrivals import sender_key


@dataclass(frozen=True, slots=True)
class Why:
    """`reason`: one of `decision.Reason`, or None. `quiet`: it made no toast and no sound.

    `category`: its label. `value`: what the user gets of the category in the app now, `chosen_at` when the user chose it or muted
    something, None where it is the default or over.
    """

    reason: str | None
    quiet: bool
    category: str
    value: str
    locked: bool
    chosen_at: datetime | None
    sender: str | None


def of(user_id: int, message_id: int, arrival: str | None, quiet: bool) -> Why:
    """Why a message came to a user as it did.

    `arrival`, `quiet`: from the row of the notification.
    """
    with database.read() as connection:
        message = arrivals.facts(connection, message_id)
        label = connection.scalar(select(Category.label).where(Category.id == message.category_id)) or ""
        own = (Choice.category_id == message.category_id) & (Choice.user_id == user_id) & (Choice.channel == "in_app")
        choice = connection.execute(select(Choice.value, Choice.changed_at).where(own)).one_or_none()
        name = arrivals.sender_name(connection, message.sender)
        value = "on" if message.locked else choice.value if choice else message.in_app or "on"
        since = (
            _muted_at(connection, user_id, message, arrival) if arrival and arrival.startswith("muted") else choice and choice.changed_at
        )
        return Why(arrival, quiet, label, value, bool(message.locked), since, name)


def _muted_at(connection: Connection, user_id: int, message: Any, arrival: str) -> datetime | None:
    kind = arrival.removeprefix("muted_")
    value = {"type": message.type, "thread": message.thread}.get(kind) or sender_key(connection, message.sender)
    found = select(Mute.created_at).where(Mute.user_id == user_id, Mute.kind == kind, Mute.value == value)
    return connection.scalar(found)
