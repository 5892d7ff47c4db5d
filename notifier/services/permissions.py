"""Permissions that depend on rows: to watch and move sessions, and to steer messages.

What a role or a key may do at all is checked in `web.auth.permissions`. The rules here are evaluated against the database on every
use, also for open streams: a user who leaves a group stops seeing the sessions of its members.
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

_NO_USER = 0
SEES_ALL_SESSIONS = frozenset({Role.ADMIN})
READS_ALL_INBOXES = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Viewer:
    """The caller of an operation on sessions.

    `user_id`: None for a caller without an inbox. `admin`: may watch and move all sessions. `sender`: the creator of their sessions.
    """

    user_id: int | None
    admin: bool
    sender: str


def may_steer(sender: str | None, message_sender: str) -> bool:
    """Whether `sender` may follow and withdraw a message.

    None is a caller who may steer all messages.
    """
    return sender is None or sender == message_sender


def may_move(viewer: Viewer, creator: str) -> bool:
    """Whether `viewer` may report progress of a session: its creator and admins may."""
    return viewer.admin or viewer.sender == creator


def may_watch(connection: Connection, viewer: Viewer, session_id: int) -> bool:
    """Whether `viewer` may watch this session, by one of `_reasons`."""
    found = select(Session.id).where(Session.id == session_id, _is_in_any(_reasons_of(viewer)))
    return viewer.admin or connection.scalar(found) is not None


def watchable_by(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `Session` for all sessions that `viewer` may watch."""
    return true() if viewer.admin else Session.id.in_(union_all(*_reasons_of(viewer)))


def still_may_watch(connection: Connection, pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Of `pairs` (session id, user id) return those where the user may still watch the session.

    One query for many open streams.
    """
    given = text(select_pairs(connection, "session_id", "user_id", "pairs")).bindparams(pairs=json_array(pairs))
    pair = given.columns(column("session_id", BigInteger), column("user_id", BigInteger)).subquery("pair")
    found = select(pair).join(Session, Session.id == pair.c.session_id).join(User, User.id == pair.c.user_id)
    sender = literal("user:").concat(User.id.cast(String))
    may = or_(User.role.in_(SEES_ALL_SESSIONS), _is_in_any(_reasons(User.id, sender)))
    return {(session_id, user_id) for session_id, user_id in connection.execute(found.where(may))}


def _reasons_of(viewer: Viewer) -> list[Select[Any]]:
    return _reasons(literal(viewer.user_id or _NO_USER), literal(viewer.sender))


def _reasons(user_id: Any, sender: Any) -> list[Select[Any]]:
    """The rule who may watch a session, one query for session ids per reason."""
    return [_owner_or_viewer(user_id), _manager_of_a_group_of_the_owner(user_id), _creator(sender)]


def _owner_or_viewer(user_id: Any) -> Select[Any]:
    return select(Watcher.session_id).where(Watcher.user_id == user_id)


def _manager_of_a_group_of_the_owner(user_id: Any) -> Select[Any]:
    session, of_owner, of_manager = aliased(Session), aliased(Membership), aliased(Membership)
    return (
        select(session.id)
        .join(of_owner, of_owner.user_id == session.owner_id)
        .join(of_manager, of_manager.group_id == of_owner.group_id)
        .where(of_manager.user_id == user_id, of_manager.manager)
    )


def _creator(sender: Any) -> Select[Any]:
    session = aliased(Session)
    return select(session.id).where(session.creator == sender)


def _is_in_any(reasons: list[Select[Any]]) -> ColumnElement[bool]:
    """Whether the current row of `Session` is in one of the queries.

    They may refer to the current row of `User`.
    """
    return or_(*(reason.where(reason.selected_columns[0] == Session.id).correlate(Session, User).exists() for reason in reasons))
