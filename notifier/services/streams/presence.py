"""Presence: write the open streams of this process to the database, once a second, in batches.

Only changes are written. The list of connections and the delivery trace read them, and admins end a stream of any process by them.
This is not in the path of a notification: the hub logs opened and closed connections, and a greenlet of the scheduler writes them.
"""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from flask import current_app
from sqlalchemy import Connection, bindparam, case, delete, insert, select, text, update

from notifier import database
from notifier.models import Process, StreamVisit
from notifier.models.columns import UtcDateTime
from notifier.realtime.connection_log import Closed, ConnectionLog, Opened
from notifier.realtime.hub import Hub
from notifier.services.hints import stream_server

BEAT_INTERVAL_SECONDS = 30.0
"""Rare: each sign of life is a commit, after which every process polls."""
GIVEN_UP_AFTER = timedelta(seconds=75)
VISITS_KEPT = timedelta(days=7)
_BATCH_SIZE = 250  # which take 3 ms, in which nothing else runs on SQLite
_PRESENCE = "notifier.presence"

_VISIT = (StreamVisit.process_id == bindparam("process")) & (StreamVisit.number == bindparam("name"))
_AT = bindparam("at", type_=UtcDateTime())
# The clock may have been read a little late since, or set back.
_CLOSED_AT = case((StreamVisit.opened_at > _AT, StreamVisit.opened_at), else_=_AT)
_COLUMNS = ("process_id", "number", "key", "user_id", "opened_at", "from_seq")
_OPEN = database.Prepared(
    insert(StreamVisit).inline().values(reason="", backlog=0, ending=False, **{column: bindparam(column) for column in _COLUMNS})
)
_CLOSE = database.Prepared(
    update(StreamVisit).where(_VISIT).values(closed_at=_CLOSED_AT, reason=bindparam("why"), to_seq=bindparam("to"), backlog=0)
)
_SET_BACKLOG = update(StreamVisit).where(_VISIT).values(backlog=bindparam("bytes"))
# As the index has it: with SQLAlchemy's `ending = 1`, SQLite does not use it, and reads all visits of the process, each second.
_ENDING = database.Prepared(
    select(StreamVisit.number, StreamVisit.key).where(StreamVisit.process_id == bindparam("process"), text("closed_at IS NULL AND ending"))
)


class Presence:
    """What this process has written so far.

    `process`: the id of its row, None before the first write. `backlogs`: those written, by number of the connection.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.process: int | None = None
        self.beat_at = 0.0
        self.backlogs: dict[int, int] = {}
        hub.connection_log = ConnectionLog()

    @property
    def connection_log(self) -> ConnectionLog:
        assert self.hub.connection_log is not None
        return self.hub.connection_log


def step() -> bool:
    """Write what has changed and end the streams that an admin ended.

    True when there is more to write.
    """
    me = _presence()
    if me.process is None or me.connection_log.lost:
        _begin(me)
    _write_changes(me)
    if me.hub.count:
        _end_marked(me)
    return bool(me.connection_log.entries)


def process() -> int | None:
    """The id of this process's row, None before the first write."""
    return _presence().process


def end_process() -> bool:
    """Write the last changes and mark this process as ended, before it exits.

    False: there is no more to write.
    """
    me = _presence()
    while me.process is not None and me.connection_log.entries:
        _write_changes(me)
    with database.write() as transaction:
        ended = update(Process).where(Process.id == me.process, Process.ended_at.is_(None))
        transaction.execute(ended.values(ended_at=database.clock(transaction)))
    return False


def purge_step() -> bool:
    """Close some visits of ended processes and remove some old ones. False when there are none."""
    with database.write() as transaction:
        now = database.clock(transaction)
        silent = Process.ended_at.is_(None) & (Process.seen_at < now - GIVEN_UP_AFTER)
        transaction.execute(update(Process).where(silent).values(ended_at=Process.seen_at))
        over = select(StreamVisit.id, Process.ended_at).join(Process, Process.id == StreamVisit.process_id)
        over = over.where(StreamVisit.closed_at.is_(None), Process.ended_at.is_not(None)).limit(_BATCH_SIZE)
        rows = [{"name": row.id, "at": row.ended_at} for row in transaction.execute(over)]
        if rows:
            close = (
                update(StreamVisit).where(StreamVisit.id == bindparam("name")).values(closed_at=bindparam("at"), reason="lost", backlog=0)
            )
            transaction.execute(close, rows)
        # By id, the oldest first: this needs no index of closing times, and the few that are still open among them do not matter.
        oldest = select(StreamVisit.id, StreamVisit.closed_at).order_by(StreamVisit.id).limit(_BATCH_SIZE).subquery()
        old = select(oldest.c.id).where(oldest.c.closed_at < now - VISITS_KEPT)
        removed = transaction.execute(delete(StreamVisit).where(StreamVisit.id.in_(old))).rowcount
        transaction.execute(delete(Process).where(Process.ended_at < now - VISITS_KEPT - timedelta(days=1)))
    return _BATCH_SIZE in (len(rows), removed)


def _presence() -> Presence:
    found: Presence | None = current_app.extensions.get(_PRESENCE)
    if found is None:
        found = current_app.extensions[_PRESENCE] = Presence(stream_server().hub)
    return found


def _begin(me: Presence) -> None:
    """Write a new row for this process, with all its open streams.

    Also when its log overflowed, or when other processes took it for dead: then the earlier row ends.
    """
    with database.write() as transaction:
        now = database.clock(transaction)
        transaction.execute(update(Process).where(Process.id == me.process).values(ended_at=now))
        row = insert(Process).values(host=socket.gethostname(), pid=os.getpid(), started_at=now, seen_at=now)
        me.process = transaction.scalar(row.returning(Process.id))
    me.hub.connection_log = ConnectionLog()
    me.backlogs = {}
    me.beat_at = me.hub.clock() + BEAT_INTERVAL_SECONDS
    here = [(topic.name, connection) for topic in me.hub.topics.values() for connection in topic]
    for opened in sorted(Opened(each.number, name, each.user_id, each.seq, each.opened_at) for name, each in here):
        me.connection_log.append(opened)


def _write_changes(me: Presence) -> None:
    backlogs = {connection.number: len(connection.backlog or b"") for connection in islice(me.hub.slow, _BATCH_SIZE)}
    changed = {number for number, _ in backlogs.items() ^ me.backlogs.items()}
    beat = me.hub.clock() >= me.beat_at
    entries = me.connection_log.take(_BATCH_SIZE)
    if not (entries or changed or beat):
        return
    try:
        with database.write() as transaction:
            now = database.clock(transaction)
            seen = update(Process).where(Process.id == me.process, Process.ended_at.is_(None)).values(seen_at=now)
            alive = transaction.execute(seen).rowcount == 1
            _write(transaction, me, entries, now)
            if changed:
                rows = [{"process": me.process, "name": number, "bytes": backlogs.get(number, 0)} for number in changed]
                transaction.execute(_SET_BACKLOG, rows)
    except BaseException:  # whatever the reason, a killed greenlet included, the entries taken were not written
        me.connection_log.put_back(entries)
        raise
    me.backlogs = backlogs
    me.beat_at = me.hub.clock() + BEAT_INTERVAL_SECONDS
    me.connection_log.lost = me.connection_log.lost or not alive


def _write(transaction: Connection, me: Presence, entries: list[Opened | Closed], now: datetime) -> None:
    at_now = me.hub.clock()

    def when(at: float) -> datetime:
        return now - timedelta(seconds=at_now - at)

    def opened(e: Opened) -> dict[str, Any]:
        place = {"process_id": me.process, "number": e.number, "key": e.topic, "user_id": e.user_id}
        return place | {"from_seq": e.seq, "opened_at": when(e.at)}

    _OPEN.for_each(transaction, [opened(e) for e in entries if isinstance(e, Opened)])
    closed = (e for e in entries if isinstance(e, Closed))  # some of them were opened just now
    _CLOSE.for_each(
        transaction, [{"process": me.process, "name": e.number, "at": when(e.at), "why": e.reason, "to": e.seq} for e in closed]
    )


def _end_marked(me: Presence) -> None:
    for row in database.due(_ENDING, process=me.process):
        found = me.hub.find(row.key, row.number)
        if found is not None:
            me.hub.end(found, "rotated")
