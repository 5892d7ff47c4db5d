"""The lock of schema upgrades: one process at a time, the others wait."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from notifier.extensions import db

_KEY = 0x6E6F7469  # "noti": advisory locks of one PostgreSQL database are numbers that its programs agree on


@contextmanager
def held() -> Iterator[None]:
    """Hold the lock during the block. It ends with the process, too."""
    if db.engine.dialect.name == "sqlite":
        with _directory_lock(Path(str(db.engine.url.database)).parent):
            yield
        return
    # Outside a transaction: a snapshot that stays open would stop a migration that builds an index concurrently.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _KEY})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _KEY})


@contextmanager
def _directory_lock(directory: Path) -> Iterator[None]:
    """Lock the directory itself, so that no file is left behind and a read-only disk is no obstacle."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
