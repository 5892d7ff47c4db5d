"""Tells all processes, by the database, which streams are open in this one: once a second, in batches, and only what is new.

That serves the list of connections, the trace of a message, and ending a stream that another process holds. Nothing here stands in
the walk of a notification; the hub notes who comes and goes, and a greenlet of the scheduler carries it on.
"""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from itertools import islice

from flask import current_app
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from notifier import database
from notifier.models import Process, StreamVisit
from notifier.realtime.connection_log import Closed, ConnectionLog, Opened
from notifier.realtime.hub import Hub
from notifier.services.hints import stream_server

BEAT_SECONDS = 30.0
"""Seldom: each sign of life is a commit, and makes every process look whether something changed."""
GIVEN_UP_AFTER = timedelta(seconds=75)
KEPT = timedelta(days=7)
_AT_ONCE = 500
_PRESENCE = "notifier.presence"

_MINE = (StreamVisit.process_id == bindparam("process")) & (StreamVisit.number == bindparam("name"))
_LEAVE = update(StreamVisit).where(_MINE).values(closed_at=bindparam("at"), reason=bindparam("why"), to_seq=bindparam("to"), backlog=0)
_LAG = update(StreamVisit).where(_MINE).values(backlog=bindparam("bytes"))
_ASKED = select(StreamVisit.number, StreamVisit.key).where(
    StreamVisit.process_id == bindparam("process"), StreamVisit.closed_at.is_(None), StreamVisit.ending
)


class Presence:
    """What this process has told so far. `process`: its row, None before the first time; `lagging`: the backlogs told, by number."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.process: int | None = None
        self.beat_at = 0.0
        self.lagging: dict[int, int] = {}
        hub.connection_log = ConnectionLog()

    @property
    def connection_log(self) -> ConnectionLog:
        assert self.hub.connection_log is not None
        return self.hub.connection_log


def step() -> bool:
    """Tells what is new, and ends the streams that an admin wants ended. True when there is more to tell."""
    me = _presence()
    if me.process is None or me.connection_log.lost:
        _begin(me)
    _tell(me)
    if me.hub.count:
        _end_asked(me)
    return bool(me.connection_log.entries)


def process() -> int | None:
    """The row of this process, None before it has told of itself."""
    return _presence().process


def say_goodbye() -> bool:
    """The process is about to go: its streams have ended. False: there is no more to tell."""
    me = _presence()
    while me.process is not None and me.connection_log.entries:
        _tell(me)
    with database.write() as transaction:
        mine = update(Process).where(Process.id == me.process, Process.ended_at.is_(None))
        transaction.execute(mine.values(ended_at=database.clock(transaction)))
    return False


def forget_step() -> bool:
    """Closes some visits of processes that have ended, and removes some that are long over. False when there are none."""
    with database.write() as transaction:
        now = database.clock(transaction)
        silent = Process.ended_at.is_(None) & (Process.seen_at < now - GIVEN_UP_AFTER)
        transaction.execute(update(Process).where(silent).values(ended_at=Process.seen_at))
        over = select(StreamVisit.id, Process.ended_at).join(Process, Process.id == StreamVisit.process_id)
        over = over.where(StreamVisit.closed_at.is_(None), Process.ended_at.is_not(None)).limit(_AT_ONCE)
        rows = [{"name": row.id, "at": row.ended_at} for row in transaction.execute(over)]
        if rows:
            close = (
                update(StreamVisit).where(StreamVisit.id == bindparam("name")).values(closed_at=bindparam("at"), reason="lost", backlog=0)
            )
            transaction.execute(close, rows)
        # The oldest first, so that no index of closing times is needed: there the few that are still open do not matter.
        oldest = select(StreamVisit.id, StreamVisit.closed_at).order_by(StreamVisit.id).limit(_AT_ONCE).subquery()
        old = select(oldest.c.id).where(oldest.c.closed_at < now - KEPT)
        removed = transaction.execute(delete(StreamVisit).where(StreamVisit.id.in_(old))).rowcount
        transaction.execute(delete(Process).where(Process.ended_at < now - KEPT - timedelta(days=1)))
    return _AT_ONCE in (len(rows), removed)


def _presence() -> Presence:
    found: Presence | None = current_app.extensions.get(_PRESENCE)
    if found is None:
        found = current_app.extensions[_PRESENCE] = Presence(stream_server().hub)
    return found


def _begin(me: Presence) -> None:
    """A process new to the others, also one that has lost count or that they gave up: all its streams have just come."""
    with database.write() as transaction:
        now = database.clock(transaction)
        transaction.execute(update(Process).where(Process.id == me.process).values(ended_at=now))
        row = insert(Process).values(host=socket.gethostname(), pid=os.getpid(), started_at=now, seen_at=now)
        me.process = transaction.scalar(row.returning(Process.id))
    me.hub.connection_log = ConnectionLog()
    me.lagging = {}
    me.beat_at = me.hub.clock() + BEAT_SECONDS
    here = [(topic.name, connection) for topic in me.hub.topics.values() for connection in topic]
    for opened in sorted(Opened(each.number, name, each.user_id, each.seq, each.opened_at) for name, each in here):
        me.connection_log.append(opened)


def _tell(me: Presence) -> None:
    lagging = {connection.number: len(connection.backlog or b"") for connection in islice(me.hub.slow, _AT_ONCE)}
    changed = {number for number, _ in lagging.items() ^ me.lagging.items()}
    beat = me.hub.clock() >= me.beat_at
    entries = me.connection_log.take(_AT_ONCE)
    if not (entries or changed or beat):
        return
    try:
        with database.write() as transaction:
            now = database.clock(transaction)
            seen = update(Process).where(Process.id == me.process, Process.ended_at.is_(None)).values(seen_at=now)
            alive = transaction.execute(seen).rowcount == 1
            _write(transaction, me, entries, now)
            if changed:
                rows = [{"process": me.process, "name": number, "bytes": lagging.get(number, 0)} for number in changed]
                transaction.execute(_LAG, rows)
    except BaseException:  # whatever it was, a kill included, what was taken was not told
        me.connection_log.put_back(entries)
        raise
    me.lagging = lagging
    me.beat_at = me.hub.clock() + BEAT_SECONDS
    me.connection_log.lost = me.connection_log.lost or not alive


def _write(transaction: Connection, me: Presence, entries: list[Opened | Closed], now: datetime) -> None:
    def when(at: float) -> datetime:
        return now - timedelta(seconds=me.hub.clock() - at)

    opened = [entry for entry in entries if isinstance(entry, Opened)]
    closed = [entry for entry in entries if isinstance(entry, Closed)]
    if opened:
        rows = [
            {"process_id": me.process, "number": e.number, "key": e.topic, "user_id": e.user_id, "opened_at": when(e.at), "from_seq": e.seq}
            for e in opened
        ]
        transaction.execute(insert(StreamVisit), rows)
    if closed:
        ends = [{"process": me.process, "name": e.number, "at": when(e.at), "why": e.reason, "to": e.seq} for e in closed]
        transaction.execute(_LEAVE, ends)


def _end_asked(me: Presence) -> None:
    with database.read() as connection:
        asked = connection.execute(_ASKED, {"process": me.process}).all()
    for row in asked:
        found = me.hub.find(row.key, row.number)
        if found is not None:
            me.hub.end(found, "rotated")
