"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import mapped_column
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator
from uuid_utils import uuid7


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC. SQLite has no time zones: there it is stored as UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    # For SQLite each in one step: SQLAlchemy takes three to write a time, and two to read it, of which a send has a dozen.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None] | None:
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without a time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Clock(FunctionElement[datetime]):
    """The present time of the database within a statement, as `database.clock`.

    The parameter `now` is the time of this process, which SQLite takes for its own.
    """

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self) -> None:
        super().__init__(bindparam("now", type_=UtcDateTime()))


@compiles(Clock, "sqlite")
def _of_this_machine(element: Clock, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(Clock, "postgresql")
def _of_the_server(element: Clock, compiler: Any, **options: Any) -> str:
    return "clock_timestamp()"


def utc(stored: object) -> datetime:
    """Convert an instant read by a statement in plain SQL: on SQLite it is text."""
    instant = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    assert isinstance(instant, datetime)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def now() -> datetime:
    """The current instant, in UTC."""
    return datetime.now(UTC)


def new_public_id() -> str:
    """A UUIDv7: hard enough to guess for public use, ordered by time so that its index stays dense."""
    return str(uuid7())


# SQLite assigns row ids only where the key is a plain INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")
id_column = Annotated[int, mapped_column(Key, primary_key=True)]
public_id_column = Annotated[str, mapped_column(String(36), unique=True, default=new_public_id)]
instant = Annotated[datetime, mapped_column(UtcDateTime, default=now)]
Json = dict[str, Any]
