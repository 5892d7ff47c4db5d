"""Numbers on rows by which a poll reads what was committed since its last one, and nothing else.

Every UPDATE of a numbered table writes the `change` of its rows. A reader keeps the `horizon` of its snapshot: what that snapshot does
not show has a number that is not below it, whatever the order of commits.

SQLite has one writer at a time, so numbers rise with the commits: each is above all others of its table, and not below the clock, so that
none is used again when the row with the highest is removed. On PostgreSQL it is the id of the transaction, and the horizon is the oldest
one that had not ended.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_HIGHEST = "(SELECT coalesce(max(change), 0) + 1 FROM {})"
_MILLISECONDS = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


class CommitNumber(FunctionElement[int]):
    """The number of the present transaction, for rows of `table`."""

    type = BigInteger()
    inherit_cache = True

    def __init__(self, table: str) -> None:
        super().__init__(literal_column(table))


class Horizon(FunctionElement[int]):
    """The lowest number of `table` that this snapshot may not show."""

    type = BigInteger()
    inherit_cache = True

    def __init__(self, table: str) -> None:
        super().__init__(literal_column(table))


@compiles(CommitNumber, "sqlite")
def _sqlite_number(element: CommitNumber, compiler: Any, **options: Any) -> str:
    return f"max({_HIGHEST.format(compiler.process(element.clauses))}, {_MILLISECONDS})"


@compiles(CommitNumber, "postgresql")
def _postgresql_number(element: CommitNumber, compiler: Any, **options: Any) -> str:
    return "CAST(CAST(pg_current_xact_id() AS text) AS bigint)"


@compiles(Horizon, "sqlite")
def _sqlite_horizon(element: Horizon, compiler: Any, **options: Any) -> str:
    return _HIGHEST.format(compiler.process(element.clauses))


@compiles(Horizon, "postgresql")
def _postgresql_horizon(element: Horizon, compiler: Any, **options: Any) -> str:
    return "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
