"""The offer to undo the user's last operation, while that is possible."""

from __future__ import annotations

from typing import NamedTuple

from notifier.models.notification import Status
from notifier.services.inbox.undoing import undoable

_DONE = {
    Status.READ: "marked as read",
    Status.UNREAD: "marked as unread",
    Status.ARCHIVED: "archived",
    Status.SNOOZED: "snoozed",
    Status.DELETED: "deleted",
}
# What a second click on the same button undoes anyway needs no offer.
_OFFERED_FOR_ONE = (Status.ARCHIVED, Status.SNOOZED, Status.DELETED)


class Undo(NamedTuple):
    """`text`: what was done. `seq`: the operation."""

    text: str
    seq: int


def last(user_id: int) -> Undo | None:
    """The offer for the user's last operation, read from the database."""
    found = undoable(user_id)
    return offer(found.count, found.status, found.seq) if found else None


def offer(count: int, status: Status, seq: int) -> Undo | None:
    """The offer to undo an operation, or None if it is not worth one.

    It changed `count` notifications to `status`.
    """
    if count == 0 or (count == 1 and status not in _OFFERED_FOR_ONE):
        return None
    return Undo(f"{count} notification{'' if count == 1 else 's'} {_DONE[status]}.", seq)
