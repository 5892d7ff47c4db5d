"""Webhooks and destinations that fail.

One that has only failed for days is turned off, and the admins are notified.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from notifier.channels.ports import Outcome
from notifier.models import Destination, User, Webhook
from notifier.models.user import Role
from notifier.services import audit, remotes
from notifier.services.messages import send
from notifier.services.messages.content import Action, Content
from notifier.services.remotes import Table

TURN_OFF_AFTER = timedelta(days=5)
"""One that has only failed for so long is turned off."""
_WAITS = {Webhook: "What waits is sent when it is turned on again.", Destination: "What is sent to it until it is turned on is dropped."}

_log = logging.getLogger("notifier.outbox")


def failed(transaction: Connection, table: Table, which: ColumnElement[bool], outcome: Outcome, now: datetime) -> list[int]:
    """Note a failure. After `TURN_OFF_AFTER` of them, or when it is gone, turn it off.

    Returns the admins who are notified: the caller publishes the hints.
    """
    row = transaction.execute(select(table.__table__).where(which).with_for_update()).one_or_none()
    if row is None or row.disabled_at is not None:
        return []
    why = "it wants no more" if outcome.gone else f"only failures for {TURN_OFF_AFTER.days} days"
    if not outcome.gone:
        if row.failing_since is None:
            transaction.execute(update(table).where(table.id == row.id).values(failing_since=now))
        if row.failing_since is None or row.failing_since > now - TURN_OFF_AFTER:
            return []
    transaction.execute(update(table).where(table.id == row.id).values(disabled_at=now))
    return _notify(transaction, table, row, why, outcome.answer)


def _notify(transaction: Connection, table: Table, row: Any, why: str, answer: str) -> list[int]:
    noun = remotes.noun(table)
    audit.note(transaction, f"{noun}.off", row.name, why)
    _log.warning("the %s %s was turned off: %s", noun, row.name, why)
    admins = select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None)).order_by(User.id)
    recipients = list(transaction.scalars(admins))
    if recipients:
        content = Content(
            type=f"{noun}_off",
            priority="high",
            title=f"The {noun} {row.name} was turned off",
            message=f"{why[0].upper()}{why[1:]}. The last answer: {answer}. {_WAITS[table]}",
            actions=[Action(label=f"Show {noun}s", url=f"/admin/{noun}s")],
        )
        send.send_within(transaction, content, sender=send.LOCAL_SENDER, recipients=recipients)
    return recipients
