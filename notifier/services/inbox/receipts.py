"""Receipts: when a notification was first shown, and when a link in it was first followed.

They change no `seq` or count.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from notifier import database
from notifier.database.json_sql import in_numbers
from notifier.models import Notification
from notifier.models.columns import now
from notifier.services.inbox import changes
from notifier.services.inbox.filters import Filter
from notifier.services.inbox.inbox import listing
from notifier.services.webhooks import notifications


def seen(user_id: int, rows: Sequence[int]) -> None:
    """Record that these rows (`row_id` of items) were shown to their user.

    The first time counts.
    """
    with database.read() as connection:
        fresh = select(Notification.id).where(
            in_numbers(Notification.id, rows), Notification.user_id == user_id, Notification.seen_at.is_(None)
        )
        ids = list(connection.scalars(fresh))
    if not ids:  # as a rule: showing a page again writes nothing
        return
    with database.write() as transaction:
        # Every change of rows locks their inbox first: the other way round the two would deadlock.
        changes.lock(transaction, [user_id])
        shown = update(Notification).where(in_numbers(Notification.id, ids), Notification.seen_at.is_(None))
        transaction.execute(shown.values(seen_at=now()))


def newest_seen(user_id: int, through: int, limit: int) -> None:
    """As `seen`, for the `limit` newest of a list that included changes up to the seq `through`."""
    seen(user_id, [row.row_id for row in listing(user_id, Filter(through=through), limit=limit).items])


def shown(user_id: int, public_ids: Sequence[str]) -> None:
    """As `seen`, by public ids. Those that are not the user's are left out."""
    chosen = Filter(everything=True, ids=tuple(public_ids))
    seen(user_id, [row.row_id for row in listing(user_id, chosen, limit=len(public_ids)).items])


def clicked(user_id: int, row: int) -> None:
    """Record that a link of this row was followed. The first time counts."""
    with database.write() as transaction:
        changes.lock(transaction, [user_id])
        followed = update(Notification).where(Notification.id == row, Notification.user_id == user_id, Notification.clicked_at.is_(None))
        if transaction.execute(followed.values(clicked_at=now())).rowcount:
            notifications.record(transaction, "notification.clicked", [row])
