"""SQLite under gevent. It waits in C, for its lock and for the disk, and would stop every greenlet: here it does neither for long."""

from __future__ import annotations

import functools
import sqlite3
import time

import gevent
from gevent import monkey
from gevent.hub import Hub
from gevent.threadpool import ThreadPool
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

# How long SQLite itself waits for its lock; the rest is ours.
BUSY_SECONDS = 0.05
LOCK_SECONDS = 5.0
WRITES = "notifier_write"
"""The execution option of connections whose transactions are to write."""


def prepare(engine: Engine) -> None:
    """Sets up each connection of a SQLite engine, and has transactions that are to write take the lock at once (BEGIN IMMEDIATE)."""
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "commit", _commit)


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("BEGIN")
        return
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as error:
            locked = isinstance(error.orig, sqlite3.OperationalError) and error.orig.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not locked or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _commit(connection: Connection) -> None:
    """COMMIT, in a thread: it waits for the disk, in C, for 3 ms as a rule and for 10 at a checkpoint (measured), which would stop
    every greenlet. SQLAlchemy's own, which follows, finds nothing left to do. A command, or a server of threads, stops nobody else.
    """
    if not (connection.get_execution_options().get(WRITES) and monkey.is_module_patched("threading")):
        return
    committing = _committer(gevent.get_hub()).spawn(_committed, connection)
    interrupted: BaseException | None = None
    while not committing.ready():
        try:
            committing.wait()
        except BaseException as error:  # a time limit, say: the connection is the thread's until it has done
            interrupted = error
    failed = committing.get()
    if interrupted is not None:
        raise interrupted from failed
    if failed is not None:
        raise failed


def _committed(connection: Connection) -> Exception | None:
    """What went wrong, as a value: gevent would print what a thread raises, beside any log."""
    try:
        connection.exec_driver_sql("COMMIT")
    except DBAPIError as error:
        return error
    return None


@functools.cache
def _committer(_hub: Hub) -> ThreadPool:
    """For each hub a thread of its own: in gevent's pool a COMMIT would stand behind passwords that are being hashed."""
    return ThreadPool(1)
