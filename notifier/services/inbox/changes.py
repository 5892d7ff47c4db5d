"""An operation on inboxes: the one way in which notifications change status.

Inboxes are locked first, in rising order. Then rows are read, counted and changed, and each inbox that has a changed row moves by one
`seq`, which all its changed rows get.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal_column, null, select, update

from notifier.database.json_sql import in_numbers
from notifier.models import Inbox, Notification
from notifier.models.columns import now
from notifier.models.notification import Status

# Written out, not bound: only so does SQLite see that its index of kept rows serves.
KEPT: ColumnElement[bool] = Notification.status != literal_column("'deleted'")
DELETED: ColumnElement[bool] = Notification.status == literal_column("'deleted'")


def lock(transaction: Connection, user_ids: Iterable[int]) -> None:
    """Nothing else changes these inboxes until the transaction ends. In rising order: unordered, concurrent operations deadlock.

    On SQLite a transaction that writes has the whole database to itself.
    """
    if transaction.dialect.name == "sqlite":
        return
    transaction.execute(select(Inbox.user_id).where(in_numbers(Inbox.user_id, user_ids)).order_by(Inbox.user_id).with_for_update())


def change(transaction: Connection, matching: Iterable[ColumnElement[bool]], status: Status, *, own: bool, step: int = 1) -> list[int]:
    """Gives the matching rows `status`, unless they have it or are deleted. The inboxes are locked. Returns whose have changed.

    `own`: done by the inbox's user, who may undo it. `step` 0: part of an operation that has moved `seq` already.
    """
    rows = _rows(transaction, [KEPT, Notification.status != status, *matching])
    values: dict[str, Any] = {"previous_status": Notification.status if own else null()}
    if status == Status.READ:
        values |= {"read_at": func.coalesce(Notification.read_at, now()), "seen_at": func.coalesce(Notification.seen_at, now())}
    return _move(transaction, [(*row, status) for row in rows], values, status, step)


def restore(transaction: Connection, matching: Iterable[ColumnElement[bool]]) -> int:
    """Puts the matching rows of one inbox back to the status before, and says how many. The inbox is locked.

    What had been deleted is sent with its text again: clients have let go of it.
    """
    rows = transaction.execute(
        select(Notification.id, Notification.user_id, Notification.status, Notification.previous_status).where(*matching)
    ).all()
    text_again = case((KEPT, Notification.body_seq), else_=_seq_of_inbox())
    never_read = case((Notification.previous_status == Status.UNREAD, null()), else_=Notification.read_at)
    _move(transaction, rows, {"previous_status": null(), "body_seq": text_again, "read_at": never_read}, Notification.previous_status, 1)
    return len(rows)


def _rows(transaction: Connection, matching: list[ColumnElement[bool]]) -> Any:
    return transaction.execute(select(Notification.id, Notification.user_id, Notification.status).where(*matching)).all()


def _move(transaction: Connection, rows: Any, values: dict[str, Any], status: Any, step: int) -> list[int]:
    """`rows`: (id, user, status before, status after)."""
    if not rows:
        return []
    moves: dict[int, list[int]] = {}
    for _, user_id, before, after in rows:
        move = moves.setdefault(user_id, [0, 0])
        move[0] += (after == Status.UNREAD) - (before == Status.UNREAD)
        move[1] += (after != Status.DELETED) - (before != Status.DELETED)
    alike: dict[tuple[int, int], list[int]] = {}
    for user_id, (unread, kept) in moves.items():
        alike.setdefault((unread, kept), []).append(user_id)
    for (unread, kept), users in alike.items():
        moved = {"seq": Inbox.seq + step, "unread": Inbox.unread + unread, "kept": Inbox.kept + kept}
        transaction.execute(update(Inbox).where(in_numbers(Inbox.user_id, users)).values(**moved))
    changed = update(Notification).where(in_numbers(Notification.id, [row[0] for row in rows]))
    transaction.execute(changed.values(**values, status=status, seq=_seq_of_inbox(), changed_at=now()))
    return list(moves)


def _seq_of_inbox() -> Any:
    return select(Inbox.seq).where(Inbox.user_id == Notification.user_id).scalar_subquery()
