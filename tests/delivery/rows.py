"""Ground truth for tests: one user's inbox read directly from the server's database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from notifier import database
from notifier.models import Inbox, Message, Notification, User
from tests.api_client import Person
from tests.people import People
from tests.sse.inbox import State


@dataclass(frozen=True, slots=True)
class Rows:
    """An inbox and its notifications in the order of their `seq`, including deleted ones."""

    seq: int
    unread: int
    kept: int
    notifications: Sequence[Any]

    def state(self) -> State:
        """State in the same shape as `tests.sse.Inbox.state`."""
        shown = [row for row in self.notifications if row.status != "deleted"]
        return {row.public_id: (row.status, row.type, row.title, row.text) for row in shown}

    def assert_counts(self) -> None:
        """Assert that the stored counts match the rows."""
        statuses = [row.status for row in self.notifications]
        counted = (
            statuses.count("unread"),
            len(statuses) - statuses.count("deleted"),
            max((row.seq for row in self.notifications), default=0),
        )
        assert (self.unread, self.kept, self.seq) == counted


def rows(site: People, person: Person) -> Rows:
    with site.elsewhere(), database.read() as connection:
        inbox = connection.execute(select(Inbox).join(User, User.id == Inbox.user_id).where(User.public_id == person.id)).one()
        bears = func.coalesce(Notification.public_id, Message.public_id).label("public_id")
        columns = (bears, Message.type, Message.title, Message.text, Notification.status, Notification.seq)
        found = select(*columns).join(Message, Message.id == Notification.message_id).where(Notification.user_id == inbox.user_id)
        return Rows(inbox.seq, inbox.unread, inbox.kept, connection.execute(found.order_by(Notification.seq, Notification.id)).all())
