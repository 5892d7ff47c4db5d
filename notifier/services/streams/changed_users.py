"""Users whose inbox or rights changed since the last poll, read by index.

So the poll costs as much as what changed, not as much as the users who watch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, union_all

from notifier import database
from notifier.models import Inbox, Installation, User
from notifier.models.commit_numbers import Horizon
from notifier.realtime.yielding import yield_once

_BATCH_SIZE = 500
_HORIZONS = select(Horizon("inboxes"), Horizon("users"), Installation.users_removed)
_HEADS = select(Inbox.user_id, Inbox.seq, User.access_seq).join(User, User.id == Inbox.user_id)
# A user of whom both changed is read twice: to leave out the second takes a third of the time (measured).
_CHANGED = union_all(
    _HEADS.where(Inbox.change >= bindparam("inboxes")),
    _HEADS.where(User.change >= bindparam("users")),
).limit(bindparam("most"))


class ChangedUsers:
    """What one process has read so far: the horizon of its last snapshot."""

    def __init__(self) -> None:
        self._inboxes, self._users, self._removed = 0, 0, -1

    def read(self, most: int) -> Sequence[Any] | None:
        """(user id, seq, access_seq) of each user that changed since the last call.

        None when that is not known: at the first call, for more than `most` users, after a user was deleted, and when the database
        was replaced by an older one.
        """
        with database.read() as connection:
            inboxes, users, removed = connection.execute(_HORIZONS).one()
            known = removed == self._removed and inboxes >= self._inboxes and users >= self._users
            since = {"inboxes": self._inboxes, "users": self._users, "most": most + 1}
            changed: list[Any] = []
            for rows in connection.execute(_CHANGED, since).partitions(_BATCH_SIZE) if known else ():
                if changed:  # a broadcast changes all users, which takes tens of milliseconds to read
                    yield_once()
                changed += rows
        self._inboxes, self._users, self._removed = inboxes, users, removed
        return changed if known and len(changed) <= most else None
