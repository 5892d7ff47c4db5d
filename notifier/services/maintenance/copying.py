"""Copy a whole database into an empty one, also of the other kind.

From one snapshot, in one transaction. Ids, public ids and change numbers stay, so that clients go on with their cursors. Where a server
was still writing to the source, the copy gets an epoch of its own, and clients load their lists again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import JSON, Column, Connection, Engine, MetaData, Table, Text, cast, delete, func, insert, select, text, update
from sqlalchemy.types import UserDefinedType

from notifier.database import postgres
from notifier.extensions import Base
from notifier.models import Installation, Message, Process, User
from notifier.models.columns import now
from notifier.models.installation import new_epoch
from notifier.services.streams.presence import GIVEN_UP_AFTER

_BATCH_SIZE = 2000
# Only of tables whose ids SQLite assigns once.
_USED_ONCE = """
    INSERT INTO sqlite_sequence (name, seq) SELECT :name, :last
    WHERE EXISTS (SELECT 1 FROM sqlite_master WHERE name = :name AND sql LIKE '%AUTOINCREMENT%')
    AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :name)"""


class NotEmpty(Exception):
    """There are users or messages in the database to copy to."""


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Connect for reading one state of the whole database, for as long as that takes."""
    with engine.connect().execution_options(yield_per=_BATCH_SIZE) as connection, connection.begin():
        if engine.dialect.name != "sqlite":
            postgres.make_snapshot(connection)
        yield connection


def copy(source: Connection, target: Connection) -> dict[str, int]:
    """Copy all rows and return their numbers by table. Raises `NotEmpty` unless the target is empty."""
    for model in (User, Message):
        if target.scalar(select(func.count()).select_from(model)):
            raise NotEmpty
    for table in reversed(Base.metadata.sorted_tables):  # the migrations have filled some
        target.execute(delete(table))
    counts = {table.name: _copy_table(source, target, table) for table in Base.metadata.sorted_tables}
    _continue_ids(target, _last_ids(source))
    return counts


def differences(target: Connection, counts: Mapping[str, int]) -> list[str]:
    """Describe the tables that do not have as many rows as were copied, a line each."""
    there = {name: target.scalar(select(func.count()).select_from(Base.metadata.tables[name])) for name in counts}
    return [f"{name}: {counts[name]} rows were copied, {there[name]} are there" for name in counts if there[name] != counts[name]]


def is_served(connection: Connection) -> bool:
    """Whether a server works on this database, or has been killed a minute ago."""
    alive = (Process.ended_at.is_(None)) & (Process.seen_at > now() - GIVEN_UP_AFTER)
    return connection.scalar(select(Process.id).where(alive).limit(1)) is not None


def begin_epoch(target: Connection) -> None:
    """Have clients of the copy load their lists again."""
    target.execute(update(Installation).values(epoch=new_epoch()))


class _Stored(UserDefinedType[str]):
    """JSON as the database has it: read and written as text, so that null stays apart from no value."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        return "JSON"


def _copy_table(source: Connection, target: Connection, table: Table) -> int:
    columns = [cast(column, Text).label(column.name) if _is_json(column) else column for column in table.c]
    shadow = Table(table.name, MetaData(), *(Column(c.name, _Stored() if _is_json(c) else c.type) for c in table.c))
    count = 0
    for rows in source.execute(select(*columns)).mappings().partitions():
        target.execute(insert(shadow), [dict(row) for row in rows])
        count += len(rows)
    return count


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _last_ids(source: Connection) -> dict[str, int]:
    """By table, the last id that was assigned, also where its row is deleted."""
    if source.dialect.name == "sqlite":
        return {row.name: row.seq for row in source.execute(text("SELECT name, seq FROM sqlite_sequence"))}
    found = {name: source.scalar(text(f"SELECT last_value FROM {sequence}")) for name, sequence in _sequences(source)}
    return {name: last for name, last in found.items() if last is not None}


def _continue_ids(target: Connection, last_ids: Mapping[str, int]) -> None:
    """Have the target assign ids after those of the source."""
    if target.dialect.name == "sqlite":
        for name, last in last_ids.items():
            values = {"name": name, "last": last}
            target.execute(text("DELETE FROM sqlite_sequence WHERE name = :name AND seq <= :last"), values)
            target.execute(text(_USED_ONCE), values)
        return
    for name, sequence in _sequences(target):
        last = max(last_ids.get(name, 0), target.scalar(select(func.max(Base.metadata.tables[name].c.id))) or 0)
        values = {"sequence": sequence, "last": last or 1, "used": last > 0}
        target.execute(text("SELECT setval(CAST(:sequence AS regclass), :last, :used)"), values)


def _sequences(connection: Connection) -> list[tuple[str, str]]:
    """(table, sequence) of each table of PostgreSQL that assigns ids."""
    tables = [table.name for table in Base.metadata.sorted_tables if "id" in table.c]
    found = [(name, connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": name})) for name in tables]
    return [(name, sequence) for name, sequence in found if sequence]
