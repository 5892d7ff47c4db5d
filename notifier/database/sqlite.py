"""SQLite under gevent: bounded waits for its lock, and COMMIT in a thread.

SQLite waits in C, for its lock and for the disk, which stops every greenlet of the process.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial

from gevent import monkey
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from notifier.database import in_thread, prepared

# How long SQLite itself waits for its lock, in C; beyond that `_patiently` waits and retries.
BUSY_TIMEOUT_SECONDS = 0.05
LOCK_TIMEOUT_SECONDS = 5.0
WRITES_OPTION = "notifier_write"
"""The execution option of connections for write transactions."""
COMMITTED = "notifier_committed"
"""In `Connection.info`: whether the last COMMIT in the thread succeeded, also where the caller was interrupted in it."""


def prepare(engine: Engine) -> None:
    """Set up each connection of a SQLite engine.

    Write transactions take the lock at once (BEGIN IMMEDIATE).
    """
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "commit", _commit)


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    # Of a new file, which another program may be making at the same time, this takes the lock.
    _patiently(lambda: connection.execute("PRAGMA journal_mode=WAL"))
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES_OPTION)
    bare = connection.connection.dbapi_connection
    assert isinstance(bare, sqlite3.Connection)
    try:
        bare.execute("BEGIN IMMEDIATE" if writes else "BEGIN")  # a fifth of what SQLAlchemy's own call costs
    except sqlite3.OperationalError:
        _patiently(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN"))


def _patiently(execute: Callable[[], object]) -> None:
    """Execute a statement as soon as another program releases the lock of the database."""
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            execute()
            return
        except (OperationalError, sqlite3.OperationalError) as error:
            cause = error.orig if isinstance(error, OperationalError) else error
            locked = isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not locked or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _commit(connection: Connection) -> None:
    """COMMIT in a thread, and wait for it with the greenlet.

    It waits for the disk in C, 3 ms as a rule and 10 ms at a checkpoint (measured), which would stop every greenlet. The COMMIT of
    SQLAlchemy that follows has nothing left to do. A command, or a server with threads, needs no thread for it.
    """
    if not (connection.get_execution_options().get(WRITES_OPTION) and monkey.is_module_patched("threading")):
        return
    info = connection.info
    info[COMMITTED] = False
    failed, interrupted = in_thread.run(partial(_execute_commit, connection))
    info[COMMITTED] = failed is None
    if interrupted is not None:
        raise interrupted from failed
    if failed is not None:
        raise failed


def _execute_commit(connection: Connection) -> None:
    prepared.execute(connection, "COMMIT", ())
