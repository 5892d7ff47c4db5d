"""What a page offers to take back: the reader's last operation, while it can be undone."""

from __future__ import annotations

from typing import NamedTuple

from notifier.models.notification import Status
from notifier.services.inbox import inbox

_DONE = {Status.READ: "marked as read", Status.UNREAD: "marked as unread", Status.ARCHIVED: "archived", Status.DELETED: "deleted"}
# Taking back what one click takes back anyway would only be in the way.
_WORTH_IT = (Status.ARCHIVED, Status.DELETED)


class Undo(NamedTuple):
    words: str
    seq: int


def offered(user_id: int) -> Undo | None:
    found = inbox.undoable(user_id)
    return offer(found.count, found.status, found.seq) if found else None


def offer(count: int, status: Status, seq: int) -> Undo | None:
    """For an operation that changed `count` notifications to `status`."""
    if count == 0 or (count == 1 and status not in _WORTH_IT):
        return None
    return Undo(f"{count} notification{'' if count == 1 else 's'} {_DONE[status]}.", seq)
