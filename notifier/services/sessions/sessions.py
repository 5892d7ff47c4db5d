"""Create, move and list sessions.

A move commits, then publishes hints; open streams read the new state from the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.errors import Conflict, Forbidden, NotFound, invalid
from notifier.models import Session, User, Watcher
from notifier.models.columns import new_public_id
from notifier.models.session import FAILED, PENDING, PROCESSED
from notifier.services import audit, idempotency, permissions
from notifier.services.hints import publish_hints
from notifier.services.pagination import read_page
from notifier.services.permissions import Viewer
from notifier.services.sessions import notification, people
from notifier.services.sessions.drafts import Move, NewSession
from notifier.services.webhooks import recording

COMPLETE = "Session processing complete"
_FAILED = "Session processing failed"

Shown = Row[Any]
"""A session: the columns of its row, and `owner`, the owner's name."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of sessions, newest first, and the names of their viewers.

    `before`: the cursor of the next page, or None.
    """

    sessions: Sequence[Shown]
    viewers: dict[int, list[str]]
    before: str | None


@database.retry_on_conflict
def create(new: NewSession, *, creator: str, owner_id: int | None = None, idempotency_key: str | None = None, creates: bool = False) -> str:
    """Commit a session with its notification in the owner's inbox.

    Returns its id. `owner_id`, `creates`: as in `people.of`.
    Raises `Invalid` for unknown users, and `Conflict` (`session_exists`) for an id that is taken.
    """
    body_hash = idempotency.hash_of("session " + new.model_dump_json())
    public_id = new.id or new_public_id()
    try:
        with database.write() as transaction:
            if idempotency_key is not None:
                earlier = idempotency.earlier_answer(transaction, creator, idempotency_key, body_hash)
                if earlier is not None:
                    return str(earlier["id"])
            owner, viewers = people.of(transaction, new, owner_id, creates=creates)
            _insert(transaction, new, public_id, creator, owner, viewers)
            audit.note(transaction, "session.created", public_id, new.title)
            if idempotency_key is not None:
                idempotency.keep(transaction, creator, idempotency_key, body_hash, {"id": public_id})
    except IntegrityError:
        if not _exists(public_id):  # another process created the same subject at the same moment
            raise database.conflict() from None
        raise Conflict(f"There is a session {public_id!r} already.", code="session_exists") from None
    publish_hints([owner, *viewers])
    return public_id


def create_or_continue(public_id: str, new: NewSession, *, creator: str, owner_id: int | None = None, creates: bool = False) -> bool:
    """Commit a session under this id unless one can be continued. Return whether it was created.

    Raises `Forbidden` for one of another creator, and `Conflict` for one of another owner (`session_exists`) or that has ended
    (`session_over`). One that is continued keeps its title and viewers; without an owner in `new` it keeps its owner.
    """
    if _continues(public_id, new, creator):
        return False
    try:
        create(new.model_copy(update={"id": public_id}), creator=creator, owner_id=owner_id, creates=creates)
    except Conflict:
        if _continues(public_id, new, creator):  # another process created it in between, perhaps by the same request
            return False
        raise
    return True


def _exists(public_id: str) -> bool:
    with database.read() as connection:
        return connection.scalar(select(Session.id).where(Session.public_id == public_id)) is not None


def _continues(public_id: str, new: NewSession, creator: str) -> bool:
    """Whether there is a session under this id, which this creator may continue."""
    with database.read() as connection:
        found = connection.execute(_shown().where(Session.public_id == public_id)).one_or_none()
        if found is None:
            return False
        same_owner = new.owner is None or people.is_owner(connection, new.owner, found.owner_id)
    if found.creator != creator:
        raise Forbidden("Another sender created this session; only its creator may continue it.")
    if not same_owner:
        raise Conflict(f"There is a session {public_id!r} of another owner.", code="session_exists")
    if found.ended_at is not None:
        raise Conflict(f"The session is over: {found.status}.", code="session_over")
    return True


@database.retry_on_conflict
def move(public_id: str, to: Move, mover: Viewer) -> Shown:
    """Update the progress of a session and return the updated session.

    Raises `NotFound`, `Forbidden` unless `mover` created it or is an admin, `Conflict` when it has ended.
    """
    with database.write() as transaction:
        before = transaction.execute(select(Session).where(Session.public_id == public_id).with_for_update()).one_or_none()
        if before is None:
            raise _unknown()
        if not permissions.may_move(mover, before.creator):
            raise Forbidden("Only the creator of a session, or an admin, may move it.")
        if before.ended_at is not None:
            raise Conflict(f"The session is over: {before.status}.", code="session_over")
        transaction.execute(update(Session).where(Session.id == before.id).values(**_moved(transaction, before, to)))
        after = transaction.execute(_shown().where(Session.id == before.id)).one()
        if to.ends:
            _end(transaction, after, to)
    publish_hints([before.owner_id] if to.ends else [], [before.id])
    return after


def get(public_id: str, viewer: Viewer) -> Listing:
    """Get a page of the one session.

    Raises `NotFound`, and `Forbidden` if `viewer` may not watch it.
    """
    with database.read() as connection:
        session = connection.execute(_shown().where(Session.public_id == public_id)).one_or_none()
        if session is None:
            raise _unknown()
        if not permissions.may_watch(connection, viewer, session.id):
            raise Forbidden("This session is not yours to watch.")
        return Listing([session], _viewers(connection, [session]), None)


def listing(viewer: Viewer, *, limit: int, before: str | None = None) -> Listing:
    """List the sessions that `viewer` may watch, newest first.

    `before`: the id of a session. Raises `Invalid` if it is unknown.
    """
    with database.read() as connection:
        shown = _shown().where(permissions.watchable_by(viewer))
        if before is not None:
            last = connection.scalar(select(Session.id).where(Session.public_id == before))
            if last is None:
                raise invalid("before", "there is no such session any more: start from the first page")
            shown = shown.where(Session.id < last)
        page, next_before = read_page(connection, shown.order_by(Session.id.desc()), limit, "public_id")
        return Listing(page, _viewers(connection, page), next_before)


def under_way(user_id: int) -> Sequence[Any]:
    """List the running sessions that the user owns or is a viewer of, as inbox streams do."""
    watched = select(Watcher.session_id).where(Watcher.user_id == user_id, Watcher.under_way)
    with database.read() as connection:
        return connection.execute(select(Session.__table__).where(Session.id.in_(watched)).order_by(Session.id)).all()


def _insert(transaction: Connection, new: NewSession, public_id: str, creator: str, owner: int, viewers: Sequence[int]) -> None:
    now = database.clock(transaction)
    session = insert(Session).values(
        public_id=public_id,
        creator=creator,
        owner_id=owner,
        title=new.title,
        type=new.type,
        actions=[action.model_dump() for action in new.actions],
        silence_seconds=new.silence_seconds,
        silent_at=now + timedelta(seconds=new.silence_seconds),
        created_at=now,
        updated_at=now,
    )
    row = transaction.execute(session.returning(Session)).one()
    watchers = [{"session_id": row.id, "user_id": user_id} for user_id in (owner, *viewers)]
    transaction.execute(insert(Watcher), watchers)
    # Nothing is written to the viewers' inboxes; without the new `access_seq` their open streams would not notice the session.
    transaction.execute(update(User).where(User.id.in_(viewers)).values(access_seq=User.access_seq + 1))
    message_id = notification.begin(transaction, row)
    transaction.execute(update(Session).where(Session.id == row.id).values(message_id=message_id))


def _moved(transaction: Connection, before: Any, to: Move) -> dict[str, Any]:
    now = database.clock(transaction)
    progress = before.progress if to.progress is None else to.progress
    values = {
        "status": to.status,
        "version": before.version + 1,
        "updated_at": now,
        "started_at": before.started_at or (now if to.status != PENDING else None),
    }
    if to.status == PROCESSED:
        return values | {"progress": 100, "message": to.message or COMPLETE, "silent_at": None, "ended_at": now}
    if to.status == FAILED:
        error = to.error or to.message or _FAILED
        last = {"progress": max(progress, before.progress), "message": to.message or _FAILED, "error": error}
        return values | last | {"silent_at": None, "ended_at": now}
    message = before.message if to.message is None else to.message
    return values | {"progress": progress, "message": message, "silent_at": now + timedelta(seconds=before.silence_seconds)}


def _end(transaction: Connection, session: Shown, to: Move) -> None:
    transaction.execute(update(Watcher).where(Watcher.session_id == session.id).values(under_way=False))
    notification.end(transaction, session, to)
    ended = {"id": session.public_id, "title": session.title, "status": session.status, "owner": session.owner}
    recording.record(transaction, "session.ended", ended | {"message": session.message, "error": session.error})
    transaction.execute(update(Session).where(Session.id == session.id).values(message_id=None))


def _shown() -> Select[Any]:
    return select(Session.__table__, User.name.label("owner")).join(User, User.id == Session.owner_id)


def _viewers(connection: Connection, sessions: Sequence[Shown]) -> dict[int, list[str]]:
    owners = {session.id: session.owner_id for session in sessions}
    named = select(Watcher.session_id, Watcher.user_id, User.name).join(User, User.id == Watcher.user_id)
    found: dict[int, list[str]] = {session_id: [] for session_id in owners}
    for row in connection.execute(named.where(Watcher.session_id.in_(owners)).order_by(User.name)):
        if row.user_id != owners[row.session_id]:
            found[row.session_id].append(row.name)
    return found


def _unknown() -> NotFound:
    return NotFound("There is no such session.")
