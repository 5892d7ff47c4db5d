"""Change the status of notifications: the one way to do so.

Inboxes are locked first, in rising order. Then rows are read, counted and changed. The `seq` of each inbox with a changed row is
raised by one, and all its changed rows get the new value.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal_column, null, select, update

from notifier import database
from notifier.database.json_sql import in_numbers, in_parameter, json_array
from notifier.models import Inbox, Notification
from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.webhooks import notifications

# Literals, not bound parameters: otherwise SQLite does not see that its partial index of kept rows matches.
IS_KEPT: ColumnElement[bool] = Notification.status != literal_column("'deleted'")
IS_DELETED: ColumnElement[bool] = Notification.status == literal_column("'deleted'")
IS_SNOOZED: ColumnElement[bool] = Notification.status == literal_column("'snoozed'")

_AT = bindparam("at", type_=Notification.changed_at.type)
_COUNTED = {column: getattr(Inbox, column) + bindparam(f"{column}_more") for column in ("seq", "unread", "kept")}
_COUNT = database.Prepared(update(Inbox).where(in_parameter(Inbox.user_id, "users")).values(**_COUNTED))
_LOCK = select(Inbox.user_id).where(in_parameter(Inbox.user_id, "users")).order_by(Inbox.user_id).with_for_update()


def lock(transaction: Connection, user_ids: Iterable[int]) -> None:
    """Lock these inboxes until the transaction ends.

    In rising order: unordered, concurrent operations deadlock.
    On SQLite nothing is needed: a writing transaction locks the whole database.
    """
    if transaction.dialect.name == "sqlite":
        return
    transaction.execute(_LOCK, {"users": json_array(user_ids)})


def snooze(transaction: Connection, row_id: int, until: datetime) -> list[int]:
    """Take a row out of lists and count until a time, also one that is snoozed until another.

    Returns as `change`. The caller holds the lock.
    """
    rows = _rows(transaction, [IS_KEPT, Notification.id == row_id])
    before = case((Notification.status == Status.SNOOZED, Notification.previous_status), else_=Notification.status)
    values = {"previous_status": before, "snoozed_until": until}
    return _move(transaction, [(*row, Status.SNOOZED) for row in rows], values, Status.SNOOZED)


def wake(transaction: Connection, row_ids: Iterable[int], due: ColumnElement[bool], quiet: ColumnElement[bool]) -> list[int]:
    """Make snoozed rows unread and put them on top; they are sent with their content again.

    Returns as `change`. The caller holds the locks. `row_ids`: at most one of each inbox; `due`: whether its time has come.
    `quiet`: whether its user is not to be disturbed.
    """
    rows = _rows(transaction, [IS_SNOOZED, due, in_numbers(Notification.id, row_ids)])
    seq = _seq_of_inbox()
    values = {"previous_status": null(), "body_seq": seq, "position": seq, "quiet": quiet, "read_at": null(), "seen_at": null()}
    return _move(transaction, [(*row, Status.UNREAD) for row in rows], values, Status.UNREAD)


def change(transaction: Connection, matching: Iterable[ColumnElement[bool]], status: Status, *, own: bool) -> list[int]:
    """Set the status of the matching rows, but for deleted ones.

    Returns the ids of the users whose inboxes changed.
    The caller holds the locks. `own`: done by the inbox's user, who may undo it.
    """
    rows = _rows(transaction, [IS_KEPT, Notification.status != status, *matching])
    changed = change_rows(transaction, rows, status, own=own)
    if own and status == Status.READ:
        notifications.record(transaction, "notification.read", [row.id for row in rows])
    return changed


def change_rows(transaction: Connection, rows: Sequence[Any], status: Status, *, own: bool, step: int = 1) -> list[int]:
    """As `change`, for rows of (id, user, status).

    `step` 0: part of an operation that has raised `seq`.
    """
    if not rows:
        return []
    users = _count(transaction, [(*row, status) for row in rows], step)
    _changing(status, own).queue(transaction, ids=json_array([row[0] for row in rows]), at=now())
    return users


@functools.cache
def _changing(status: Status, own: bool) -> database.Prepared:
    values: dict[str, Any] = {"previous_status": Notification.status if own else null()}
    if status == Status.READ:
        values |= {"read_at": func.coalesce(Notification.read_at, _AT), "seen_at": func.coalesce(Notification.seen_at, _AT)}
    changed = update(Notification).where(in_parameter(Notification.id, "ids"))
    return database.Prepared(changed.values(**values, status=status, seq=_seq_of_inbox(), changed_at=_AT))


def answer(transaction: Connection, row_id: int, user_id: int, text: str) -> list[int]:
    """Store the user's reply with its notification, and mark it as read.

    Returns as `change`. The caller holds the lock. The `seq` is raised also where it was read before: open pages show the answer.
    """
    of_row = Notification.id == row_id
    transaction.execute(update(Notification).where(of_row).values(answer=text))
    changed = change(transaction, [of_row, Notification.status == Status.UNREAD], Status.READ, own=True)
    if not changed:
        transaction.execute(update(Inbox).where(Inbox.user_id == user_id).values(seq=Inbox.seq + 1))
        values = {"previous_status": null(), "seq": _seq_of_inbox(), "changed_at": now()}
        transaction.execute(update(Notification).where(of_row).values(**values))
    return [user_id]


def restore(transaction: Connection, matching: Iterable[ColumnElement[bool]]) -> int:
    """Set the matching rows of one inbox back to their previous status.

    Returns their number. The caller holds the lock.
    Rows that were deleted are sent with their content again: clients have removed it.
    """
    rows = transaction.execute(
        select(Notification.id, Notification.user_id, Notification.status, Notification.previous_status).where(*matching)
    ).all()
    body_seq = case((IS_KEPT, Notification.body_seq), else_=_seq_of_inbox())
    read_at = case((Notification.previous_status == Status.UNREAD, null()), else_=Notification.read_at)
    _move(transaction, rows, {"previous_status": null(), "body_seq": body_seq, "read_at": read_at}, Notification.previous_status)
    return len(rows)


def _rows(transaction: Connection, matching: list[ColumnElement[bool]]) -> Any:
    return transaction.execute(select(Notification.id, Notification.user_id, Notification.status).where(*matching)).all()


def _move(transaction: Connection, rows: Sequence[Any], values: dict[str, Any], status: Any) -> list[int]:
    """Write the new `status` and `values` to `rows`, and count them. `rows`: as of `_count`."""
    if not rows:
        return []
    users = _count(transaction, rows, 1)
    changed = update(Notification).where(in_numbers(Notification.id, [row[0] for row in rows]))
    transaction.execute(changed.values(**values, status=status, seq=_seq_of_inbox(), changed_at=now()))
    return users


def _count(transaction: Connection, rows: Sequence[Any], step: int) -> list[int]:
    """Write the counts and `seq` of inboxes whose rows change their status.

    Returns the ids of their users. `rows`: (id, user, status before, status after).
    """
    moves: dict[int, list[int]] = {}
    for _, user_id, before, after in rows:
        move = moves.setdefault(user_id, [0, 0])
        move[0] += (after == Status.UNREAD) - (before == Status.UNREAD)
        move[1] += (after != Status.DELETED) - (before != Status.DELETED)
    users_by_move: dict[tuple[int, int], list[int]] = {}
    for user_id, (unread, kept) in moves.items():
        users_by_move.setdefault((unread, kept), []).append(user_id)
    for (unread, kept), users in users_by_move.items():
        _COUNT.queue(transaction, users=json_array(users), seq_more=step, unread_more=unread, kept_more=kept)
    return list(moves)


def _seq_of_inbox() -> Any:
    return select(Inbox.seq).where(Inbox.user_id == Notification.user_id).scalar_subquery()
