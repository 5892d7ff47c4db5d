"""Who may watch a session: its owner and viewers, who manages a group the owner is in, admins, and who made it.

Asked of the database each time, also for streams that are open: whoever leaves a group sees no more of its members' sessions.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, String, column, literal, or_, select, text, true, union_all
from sqlalchemy.orm import aliased

from notifier.database.json_sql import json_array, select_pairs
from notifier.models import Membership, Session, User, Watcher
from notifier.models.user import Role

_NOBODY = 0
SEES_ALL_SESSIONS = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `user_id` is None for somebody without an inbox; `sender` is what the sessions they make are kept under."""

    user_id: int | None
    admin: bool
    sender: str


def shown_to(viewer: Viewer) -> ColumnElement[bool]:
    """Of all sessions, those that `viewer` may watch."""
    return true() if viewer.admin else Session.id.in_(union_all(*_reasons_of(viewer)))


def may_watch(connection: Connection, viewer: Viewer, session_id: int) -> bool:
    asked = select(Session.id).where(Session.id == session_id, _by_one_of(_reasons_of(viewer)))
    return viewer.admin or connection.scalar(asked) is not None


def still_may_watch(connection: Connection, pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of `pairs`, of session and user, where the one may still be watched by the other."""
    asked = text(select_pairs(connection, "session_id", "user_id", "pairs")).bindparams(pairs=json_array(pairs))
    pair = asked.columns(column("session_id", BigInteger), column("user_id", BigInteger)).subquery("pair")
    found = select(pair).join(Session, Session.id == pair.c.session_id).join(User, User.id == pair.c.user_id)
    made = literal("user:").concat(User.id.cast(String))
    right = or_(User.role.in_(SEES_ALL_SESSIONS), _by_one_of(_reasons(User.id, made)))
    return {(session_id, user_id) for session_id, user_id in connection.execute(found.where(right))}


def _reasons_of(viewer: Viewer) -> list[Select[Any]]:
    return _reasons(literal(viewer.user_id or _NOBODY), literal(viewer.sender))


def _reasons(user_id: Any, sender: Any) -> list[Select[Any]]:
    """The ids of all sessions that somebody may watch, one query for each reason."""
    session, made, theirs, mine = aliased(Session), aliased(Session), aliased(Membership), aliased(Membership)
    managed = (
        select(session.id)
        .join(theirs, theirs.user_id == session.owner_id)
        .join(mine, mine.group_id == theirs.group_id)
        .where(mine.user_id == user_id, mine.manager)
    )
    return [select(Watcher.session_id).where(Watcher.user_id == user_id), managed, select(made.id).where(made.creator == sender)]


def _by_one_of(reasons: list[Select[Any]]) -> ColumnElement[bool]:
    """Whether a row of `Session`, seen by a row of `User` where the reasons ask for one, is among them."""
    return or_(*(reason.where(reason.selected_columns[0] == Session.id).correlate(Session, User).exists() for reason in reasons))
