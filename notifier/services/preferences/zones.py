"""The zone of a user's days, learnt from the browser where the user chose none."""

from __future__ import annotations

import re

from sqlalchemy import update

from notifier import database
from notifier.errors import invalid
from notifier.models import User
from notifier.services.preferences import attention, digest_clock, pauses

_NAME = re.compile(r"[A-Za-z0-9_+/-]{1,64}")


def learn(user_id: int, name: str) -> None:
    """Keep the zone of the user's browser. Raises `Invalid`.

    One that this machine does not know counts as UTC.
    """
    if not _NAME.fullmatch(name):
        raise invalid("time_zone", "must be the name of a time zone")
    with database.write() as transaction:
        pauses.lock(transaction, user_id)
        transaction.execute(update(User).where(User.id == user_id).values(browser_zone=name))
        attention.roll_in(transaction, user_id)
        digest_clock.reschedule(transaction, user_id)


def roll(user_id: int) -> None:
    """Move the window of quiet hours after the user chose another zone."""
    with database.write() as transaction:
        pauses.lock(transaction, user_id)
        attention.roll_in(transaction, user_id)
        digest_clock.reschedule(transaction, user_id)
