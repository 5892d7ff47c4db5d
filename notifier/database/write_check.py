"""Whether the database takes writes. It is tried by a write only when the last one failed."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Connection, text

from notifier.database import engine
from notifier.errors import Unavailable
from notifier.extensions import db

# SQLite's log grows by pages and its index by 32 KiB.
_MIN_FREE_BYTES = 256 * 1024
_IS_READ_ONLY = "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean"


def problem_with_writes() -> str | None:
    """Why writes fail, or None. Raises `Unavailable` when the database does not answer."""
    with engine.read() as connection:
        found = _full_disk() if connection.dialect.name == "sqlite" else _read_only(connection)
    return found or (_tried() if engine.last_write_failed() else None)


def _read_only(connection: Connection) -> str | None:
    """A standby, or a server that was set to read-only."""
    return "takes no writes" if connection.scalar(text(_IS_READ_ONLY)) else None


def _full_disk() -> str | None:
    """A disk that is full or mounted read-only."""
    try:
        disk = os.statvfs(Path(str(db.engine.url.database)).parent)
    except OSError as error:
        return f"takes no writes: {error.strerror}"
    if disk.f_flag & os.ST_RDONLY:
        return "takes no writes: its disk is read-only"
    return "takes no writes: its disk is full" if disk.f_bavail * disk.f_frsize < _MIN_FREE_BYTES else None


def _tried() -> str | None:
    """Try a write that changes nothing."""
    try:
        with engine.write() as transaction:
            transaction.execute(text("UPDATE installation SET epoch = epoch"))
    except Unavailable as error:
        return f"takes no writes: {error.detail}"
    return None
