"""The locks of schema upgrades: one process at a time, the others wait.

On PostgreSQL no table is read or written meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from notifier.errors import Unavailable
from notifier.extensions import db

# Shorter than PostgreSQL waits before it looks for a deadlock, which is a second.
_TRY_MS = 300
_PAUSE_SECONDS = 0.5
_MAX_TRIES = 120
_LOCK_NOT_AVAILABLE = "55P03"
_LOCK_NUMBER = 0x6E6F7469  # "noti": advisory locks of one PostgreSQL database are numbers that its programs agree on


@contextmanager
def held() -> Iterator[None]:
    """Hold the lock during the block. It ends with the process, too."""
    if db.engine.dialect.name == "sqlite":
        with _directory_lock(Path(str(db.engine.url.database)).parent):
            yield
        return
    # Outside a transaction: a snapshot that stays open would stop a migration that builds an index concurrently.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK_NUMBER})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_NUMBER})


def lock_tables(connection: Connection) -> None:
    """Lock all tables until the end of the transaction, on PostgreSQL.

    Raises `Unavailable` if that does not succeed within some minutes.
    A migration that takes the locks one by one as it needs them deadlocks with every query that reads two tables in another order:
    beside 20 requests a second on a million notifications it never came through. Here a try that has to wait lets go of all.
    """
    tables = sorted(db.metadata.tables.keys() & set(inspect(connection).get_table_names()))
    if not tables or connection.dialect.name != "postgresql":
        return
    names = ", ".join(connection.dialect.identifier_preparer.quote(table) for table in tables)
    for _ in range(_MAX_TRIES):
        try:
            with connection.begin_nested():
                connection.execute(text(f"SET LOCAL lock_timeout = {_TRY_MS}"))
                connection.execute(text(f"LOCK TABLE {names}"))
                connection.execute(text("SET LOCAL lock_timeout = 0"))
            return
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                raise
            time.sleep(_PAUSE_SECONDS)
    raise Unavailable("Tables of the database are in use all the time, such as by a backup. Try again later.", code="database")


@contextmanager
def _directory_lock(directory: Path) -> Iterator[None]:
    """Lock the directory itself, so that no file is left behind and a read-only disk is no obstacle."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
