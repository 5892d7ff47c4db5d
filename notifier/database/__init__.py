"""Access to the database under gevent: `engine` has transactions, `sqlite` its own ways, `json_sql` what differs by dialect."""

from notifier.database.commits import Commits
from notifier.database.engine import SERVER_SECONDS, Outdone, clock, engine_options, read, retry_on_conflict, takes_writes, write

__all__ = ["SERVER_SECONDS", "Commits", "Outdone", "clock", "engine_options", "read", "retry_on_conflict", "takes_writes", "write"]
