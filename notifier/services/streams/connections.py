"""List the open streams of all processes, as `presence` wrote them, and end one of any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select, update

from notifier import database
from notifier.errors import NotFound
from notifier.models import Inbox, Process, StreamVisit, User
from notifier.services import audit
from notifier.services.pagination import read_page
from notifier.services.validation import name_key

_MAX_ID = 2**63 - 1  # no database takes a larger number


@dataclass(frozen=True, slots=True)
class Open:
    """A page of open streams, newest first, of `count` in all. `before`: the cursor of the next page."""

    rows: list[Any]
    count: int
    before: int | None


def listing(query: str = "", *, limit: int, before: int | None = None) -> Open:
    """Streams of users whose names contain `query`.

    Rows: `id`, `key`, `name`, `public_id`, `host`, `pid`, `opened_at`, `sent`, `backlog`, `ending`. `sent`: the number of changes of
    the inbox, None where it is unknown: for a session's stream, and after a reset.
    """
    sent = case((StreamVisit.key.startswith("user:") & (StreamVisit.from_seq >= 0), Inbox.seq - StreamVisit.from_seq))
    visit = (StreamVisit.id, StreamVisit.key, StreamVisit.opened_at, StreamVisit.backlog, StreamVisit.ending)
    user_and_process = (User.name, User.public_id, Process.host, Process.pid, sent.label("sent"))
    found = _open(select(*visit, *user_and_process), query)
    with database.read() as connection:
        count = connection.scalar(_open(select(func.count()), query)) or 0
        if before is not None:
            found = found.where(StreamVisit.id < before)
        rows, next_before = read_page(connection, found.order_by(StreamVisit.id.desc()), limit, "id")
    return Open(rows, count, next_before)


def count_of(user_id: int) -> int:
    """The number of a user's open streams."""
    with database.read() as connection:
        return connection.scalar(_open(select(func.count()), "").where(StreamVisit.user_id == user_id)) or 0


def end(visit_id: int) -> None:
    """Have a stream ended by its process, within two seconds. Raises `NotFound` when it has ended.

    Its client may reconnect.
    """
    if visit_id > _MAX_ID:
        raise NotFound("There is no such stream.")
    with database.write() as transaction:
        owner = select(User.name).where(User.id == StreamVisit.user_id).scalar_subquery()
        this = update(StreamVisit).where(StreamVisit.id == visit_id, StreamVisit.closed_at.is_(None))
        row = transaction.execute(this.values(ending=True).returning(StreamVisit.number, owner.label("name"))).one_or_none()
        if row is None:
            raise NotFound("This stream has ended already.")
        audit.note(transaction, "stream.ended", row.name or "")


def _open(found: Select[Any], query: str) -> Select[Any]:
    """Select from open streams of processes that are alive, of users whose names contain `query`."""
    found = found.select_from(StreamVisit).join(Process, Process.id == StreamVisit.process_id)
    found = found.join(User, User.id == StreamVisit.user_id).join(Inbox, Inbox.user_id == User.id)
    found = found.where(StreamVisit.closed_at.is_(None), Process.ended_at.is_(None))
    return found.where(User.name_key.contains(name_key(query), autoescape=True)) if query else found
