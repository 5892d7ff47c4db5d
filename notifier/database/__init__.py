"""Database access under gevent: transactions, SQLite, and SQL that differs by dialect."""

from notifier.database.bounded import ANSWER_TIMEOUT_SECONDS, TransactionConflict, busy, conflict
from notifier.database.commits import Commits
from notifier.database.engine import (
    clock,
    engine_options,
    hide_values,
    read,
    read_at_once,
    retry_on_conflict,
    write,
)
from notifier.database.lookups import due, lookup
from notifier.database.prepared import Prepared, execute_all
from notifier.database.write_check import problem_with_writes

__all__ = [
    "ANSWER_TIMEOUT_SECONDS",
    "Commits",
    "Prepared",
    "TransactionConflict",
    "busy",
    "clock",
    "conflict",
    "due",
    "engine_options",
    "execute_all",
    "hide_values",
    "lookup",
    "problem_with_writes",
    "read",
    "read_at_once",
    "retry_on_conflict",
    "write",
]
