"""Read the database for the feed: heads, and in one snapshot all changes after many cursors."""

from __future__ import annotations

import functools
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from flask import Flask
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DataError, DBAPIError

from notifier import database
from notifier.database.json_sql import in_parameter, json_array, json_object, select_numbers
from notifier.models import Inbox, Installation, Message, User
from notifier.models import Session as SessionRow
from notifier.models.columns import now, utc
from notifier.models.message import SHOWN_COLUMNS
from notifier.realtime.snapshot import Change, Page, Session, Snapshot
from notifier.services.accounts import page_settings
from notifier.services.accounts.page_settings import PageSettings
from notifier.services.inbox import running_sessions
from notifier.services.streams import grants, kill_switch
from notifier.services.streams.changed_users import ChangedUsers
from notifier.services.streams.grants import Grant

_log = logging.getLogger("notifier.feed")
# Rows of one snapshot at most (more only for a single inbox): at most 10 ms, in which nothing else runs on SQLite.
_MAX_ROWS = 500
_ORDER = attrgetter("seq", "position")
_BEYOND_ANY_SEQ = 2**62

# A row for each change, or one without a change. Pages, changes and epoch in one statement: each costs as much as reading ten rows.
_PAGES = """
    WITH want AS ({want})
    SELECT i.user_id, (SELECT epoch FROM installation),
           EXISTS (SELECT 1 FROM session_watchers w WHERE w.user_id = want.user_id AND w.under_way),
           i.seq, i.unread, i.floor, u.access_seq, {listed},
           n.seq, n.body_seq, n.status, n.message_id, n.public_id, n.position, n.changed_at, n.answer, n.quiet, n.arrival, n.snoozed_until
    FROM want JOIN inboxes i ON i.user_id = want.user_id JOIN users u ON u.id = want.user_id
    LEFT JOIN {changes}
    LIMIT :rows"""
_USER, _EPOCH, _WATCHING, _HEAD, _SEQ, _MESSAGE = 0, 1, 2, slice(3, 8), 8, 11  # places in its rows; a change is all from _SEQ on
# 1.1 us for each inbox (measured), and only some formats show it.
_LISTED = """
    i.kept - (SELECT count(*) FROM notifications n WHERE n.user_id = want.user_id AND n.status = 'archived')
           - (SELECT count(*) FROM notifications n WHERE n.user_id = want.user_id AND n.status = 'snoozed')"""
_BEHIND = """
    WITH want AS ({want})
    SELECT want.user_id,
           (SELECT count(*) FROM (SELECT 1 FROM notifications n WHERE n.user_id = want.user_id AND n.seq > want.after LIMIT :most) AS few)
    FROM want"""
# PostgreSQL expects a third of the rows to be newer than a cursor. As a plain join it may read the whole table for one of them.
_CHANGES = {
    "sqlite": "notifications n ON n.user_id = want.user_id AND n.seq > want.after",
    "postgresql": """LATERAL
        (SELECT * FROM notifications WHERE user_id = want.user_id AND seq > want.after ORDER BY seq LIMIT :most) n ON true""",
}
_UNDER_WAY = """
    WITH want AS ({want})
    SELECT w.user_id, w.session_id FROM want JOIN session_watchers w ON w.user_id = want.user_id AND w.under_way"""

_MESSAGES = database.Prepared(select(*SHOWN_COLUMNS).where(in_parameter(Message.id, "ids")))
_HEADS = select(Inbox.user_id, Inbox.seq, User.access_seq).join(User, User.id == Inbox.user_id).where(in_parameter(Inbox.user_id, "ids"))
_SESSIONS = (
    select(SessionRow.__table__, Installation.epoch).join(Installation, Installation.id == 1).where(in_parameter(SessionRow.id, "ids"))
)


class SnapshotReader:
    """The `Reader` of the feed.

    Each call has its own application context, left before any write to a socket.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._commits = database.Commits()
        self._changed = ChangedUsers()

    def moved(self) -> bool:
        """Whether anything was committed since the last call."""
        with self._app.app_context():
            return self._commits.happened()

    def serving(self) -> bool:
        """Whether streams are served, by setting and switch."""
        with self._app.app_context(), database.read() as connection:
            return kill_switch.serving(connection)

    def changed(self, most: int) -> Sequence[tuple[int, int, int]] | None:
        """As `ChangedUsers.read`."""
        with self._app.app_context():
            return self._changed.read(most)

    def heads(self, user_ids: Sequence[int]) -> Iterable[tuple[int, int, int]]:
        """(user id, seq, access_seq) of each of these users."""
        with self._app.app_context(), database.read() as connection:
            return connection.execute(_HEADS, {"ids": json_array(user_ids)}).all()

    def good(self, asked: Collection[object]) -> Collection[object]:
        """The grants among `asked` that are still valid."""
        with self._app.app_context(), database.read() as connection:
            return grants.good(connection, [grant for grant in asked if isinstance(grant, Grant)])

    def settings(self, user_id: int) -> PageSettings | None:
        """The settings of a user; None for one who is gone."""
        with self._app.app_context():
            return page_settings.find(user_id)

    def age(self, changed_at: object) -> float:
        """Seconds since a stored time."""
        return (now() - utc(changed_at)).total_seconds()

    def read(self, wants: Sequence[tuple[int, int]], limit: int, *, listed: bool) -> Snapshot:
        """What lies after each (user id, seq); users with more than `limit` changes get none of them."""
        with self._app.app_context():
            return snapshot(wants, limit, listed=listed)

    def sessions(self, ids: Sequence[int]) -> Mapping[int, Session]:
        """The state of each of these sessions, by id."""
        with self._app.app_context(), database.read() as connection:
            found = connection.execute(_SESSIONS, {"ids": json_array(ids)})
            return {row.id: Session(row.version, row.ended_at is not None, row.epoch, row) for row in found}


def snapshot(wants: Sequence[tuple[int, int]], limit: int, *, listed: bool) -> Snapshot:
    """As `SnapshotReader.read`, for a caller that has an application context already."""
    with database.read_at_once() as connection:
        # As a rule the changes are few, and need not be counted before they are read.
        rows = _rows(connection, wants, limit + 1, _MAX_ROWS + 1, listed)
        few = len(rows) <= _MAX_ROWS
        pages, rows = (_pages(rows), rows) if few else _read_some(connection, wants, limit, listed)
        _read_sessions(connection, pages, {row[_USER]: 0 for row in rows if row[_WATCHING]})
        messages = _messages(connection, sorted({row[_MESSAGE] for row in rows if row[_SEQ] is not None}))
        about_sessions = [id_ for id_, message in messages.items() if message.related_session_id is not None]
        return Snapshot(rows[0][_EPOCH] if rows else "", pages, messages, running_sessions.by_message(connection, about_sessions))


def _rows(connection: Connection, wants: Iterable[tuple[int, int]], most: int, rows: int, listed: bool) -> list[Any]:
    """Rows of `_PAGES`, at most `rows`.

    `most`: changes of each user, on PostgreSQL.
    """
    query = _query(connection, _PAGES, _LISTED if listed else "0")
    return query.all(connection, wants=json_object(wants), most=most, rows=rows)


def _pages(rows: Iterable[Any]) -> dict[int, Page]:
    pages: dict[int, Page] = {}
    found: defaultdict[int, list[Change]] = defaultdict(list)
    for row in rows:
        if row[_USER] not in pages:
            pages[row[_USER]] = Page(*row[_HEAD])
        if row[_SEQ] is not None:
            found[row[_USER]].append(Change._make(row[_SEQ:]))
    for user_id, changes in found.items():
        if len(changes) > 1:
            changes.sort(key=_ORDER)
        page = pages[user_id]
        page.changes, page.behind = changes, len(changes)
    return pages


def _read_some(connection: Connection, wants: Sequence[tuple[int, int]], limit: int, listed: bool) -> tuple[dict[int, Page], list[Any]]:
    """Pages with `behind`, and the `changes` of as many as fit into one snapshot.

    None for the others. Pages too far behind get a reset instead. Also returns rows of `_PAGES`, of each user and of each change.
    """
    heads = _rows(connection, [(user_id, _BEYOND_ANY_SEQ) for user_id, _ in wants], 0, len(wants), listed)
    pages = _pages(heads)
    afters = dict(wants)
    chosen, rows = [], 0
    for user_id, behind in _query(connection, _BEHIND).all(connection, wants=json_object(wants), most=limit + 1):
        if user_id not in pages:
            continue
        wanted = behind if behind <= limit else 0
        pages[user_id].behind = behind
        if rows and rows + wanted > _MAX_ROWS:
            pages[user_id].changes = None
            continue
        rows += wanted
        if wanted:
            chosen.append((user_id, afters[user_id]))
    found = _rows(connection, chosen, limit, rows, listed)
    return pages | _pages(found), heads + found


def _read_sessions(connection: Connection, pages: dict[int, Page], watching: Mapping[int, int]) -> None:
    """Fill in `sessions` of the pages of users who watch a session under way."""
    if not watching:
        return
    found: dict[int, list[int]] = {user_id: [] for user_id in watching}
    for user_id, session_id in _query(connection, _UNDER_WAY).all(connection, wants=json_object(watching.items())):
        found[user_id].append(session_id)
    for user_id, sessions in found.items():
        pages[user_id].sessions = sessions


def _messages(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """The messages by id.

    One whose row cannot be decoded is left out and logged; the others are read.
    """
    if not ids:
        return {}
    try:
        return _by_id(connection, ids)
    except (ValueError, TypeError, DBAPIError) as error:
        if not _row_is_bad(error):
            raise
        if len(ids) == 1:
            _log.error("message %s cannot be read: %s", ids[0], error)
            return {}
    found: dict[int, Any] = {}
    for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
        found |= _messages(connection, half)
    return found


def _by_id(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    return {row.id: row for row in _MESSAGES.all(connection, ids=json_array(ids))}


def _row_is_bad(error: Exception) -> bool:
    """Whether the content of a row caused the error, and not the database."""
    return not isinstance(error, DBAPIError) or isinstance(error, DataError) or "Could not decode" in str(error.orig)


def _query(connection: Connection, query: str, listed: str = "") -> database.Prepared:
    return _built(query, select_numbers(connection, "user_id", "after", "wants"), _CHANGES[connection.dialect.name], listed)


@functools.cache
def _built(query: str, want: str, changes: str, listed: str) -> database.Prepared:
    return database.Prepared(text(query.format(want=want, changes=changes, listed=listed)))
