"""Consistency check: compare each inbox's stored counters with its rows.

And renew the epoch after a restore.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select, text, update

from notifier import database
from notifier.models import Inbox, Installation, Notification, User
from notifier.models.installation import new_epoch
from notifier.models.notification import Status
from notifier.services import audit

_MAX_SHOWN = 20


def problems() -> list[str]:
    """Describe what is inconsistent, a line each, the first 20; empty when nothing is."""
    unread = func.count().filter(Notification.status == Status.UNREAD)
    kept = func.count().filter(Notification.status != Status.DELETED)
    counts = (Notification.user_id, unread.label("unread"), kept.label("kept"), func.max(Notification.seq).label("last"))
    rows = select(*counts).group_by(Notification.user_id).subquery()
    is_unread, is_kept, last = (func.coalesce(rows.c[name], 0) for name in ("unread", "kept", "last"))
    compared = select(User.name, Inbox.seq, Inbox.unread, Inbox.kept, is_unread, is_kept, last)
    compared = compared.join(Inbox, Inbox.user_id == User.id).outerjoin(rows, rows.c.user_id == User.id)
    wrong = (Inbox.unread != is_unread) | (Inbox.kept != is_kept) | (Inbox.seq < last) | (Inbox.floor > Inbox.seq)
    with database.read() as connection:
        found = [f"database: {line}" for line in _integrity(connection)]
        for name, seq, *counted in connection.execute(compared.where(wrong).limit(_MAX_SHOWN)):
            line = "inbox of {}: at seq {}, stores {} unread and {} kept; its rows are {} and {}, last changed at seq {}"
            found.append(line.format(name, seq, *counted))
        return found


def renew_epoch() -> str:
    """Invalidate all cursors, so that clients load their lists again.

    For use after a restore from a backup.
    """
    epoch = new_epoch()
    with database.write() as transaction:
        transaction.execute(update(Installation).values(epoch=epoch))
        audit.note(transaction, "epoch.renewed", epoch)
    return epoch


def _integrity(connection: Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        return []
    return [line for (line,) in connection.execute(text("PRAGMA quick_check(10)")) if line != "ok"]
