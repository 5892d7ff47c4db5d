"""Database access under gevent: transactions, SQLite, and SQL that differs by dialect."""

from notifier.database.commits import Commits
from notifier.database.engine import (
    SERVER_SECONDS,
    TransactionConflict,
    accepts_writes,
    busy,
    clock,
    engine_options,
    read,
    retry_on_conflict,
    write,
)

__all__ = [
    "SERVER_SECONDS",
    "Commits",
    "TransactionConflict",
    "accepts_writes",
    "busy",
    "clock",
    "engine_options",
    "read",
    "retry_on_conflict",
    "write",
]
