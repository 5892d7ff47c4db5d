"""Statements of the hot path: compiled once, then executed by the driver itself.

Executing a compiled statement costs SQLAlchemy 20 us, the driver 5 (measured). Values and rows are converted by the types of the columns.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from gevent import monkey
from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from notifier.database import in_thread

Convert = Callable[[Any], Any]


class _Compiled(NamedTuple):
    """`parameters`: the name of the parameter that each value of the statement is, in its order.

    `constants`: values that are in the statement itself, by such a name. `converts`: the values to convert, by their places. `row`: makes
    a row of what the driver returns; None for a statement of text.
    """

    sql: str
    parameters: tuple[str, ...]
    constants: dict[str, Any]
    converts: tuple[tuple[int, Convert], ...]
    row: Convert | None


class Prepared:
    """One statement, for any number of executions on both databases.

    Rows are named tuples, but plain ones for a statement of text.
    Raises `DBAPIError` and its subclasses, as SQLAlchemy does.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement: Any = statement
        self._compiled: dict[str, _Compiled] = {}

    def execute(self, connection: Connection, **parameters: Any) -> int:
        """Execute a statement that returns no rows. Returns the number of rows that it changed."""
        compiled, values = self._bind(connection.dialect, parameters)
        changed: int = execute(connection, compiled.sql, values).rowcount
        return changed

    def all(self, connection: Connection, **parameters: Any) -> list[Any]:
        """All rows."""
        compiled, values = self._bind(connection.dialect, parameters)
        return _rows(connection, compiled, execute(connection, compiled.sql, values))

    def queue(self, connection: Connection, **parameters: Any) -> Callable[[], list[Any]]:
        """As `all`, but PostgreSQL gets the statement with the next one.

        That is one whose result is needed, or COMMIT. It raises the errors of this one, too.
        Returns a function that returns the rows.
        """
        compiled, values = self._bind(connection.dialect, parameters)
        cursor = execute(connection, compiled.sql, values, queue=True)
        if connection.dialect.name == "sqlite":
            # At once: a statement whose rows are not fetched is compiled again for its next execution, in 100 us (measured).
            rows = _rows(connection, compiled, cursor)
            return lambda: rows
        return partial(_rows, connection, compiled, cursor)

    def for_each(self, connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
        """Execute a statement that returns no rows with the parameters of each of `rows`.

        PostgreSQL gets them as those of `queue`.
        """
        bound = [self._bind(connection.dialect, row) for row in rows]
        if bound:
            compiled, _ = bound[0]
            _execute_many(connection, compiled.sql, [values for _, values in bound])

    def first(self, connection: Connection, **parameters: Any) -> Any:
        """The first row, or None."""
        found = self.all(connection, **parameters)
        return found[0] if found else None

    def scalar(self, connection: Connection, **parameters: Any) -> Any:
        """The first value of the first row, or None."""
        found = self.all(connection, **parameters)
        return found[0][0] if found else None

    def _bind(self, dialect: Dialect, parameters: dict[str, Any]) -> tuple[_Compiled, list[Any]]:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect)
        given = parameters | compiled.constants if compiled.constants else parameters
        values = [given[name] for name in compiled.parameters]
        for place, convert in compiled.converts:
            values[place] = convert(values[place])
        return compiled, values


def execute_all(connection: Connection, statements: Iterable[tuple[Prepared, dict[str, Any]]], *, long: bool) -> None:
    """Execute statements that return no rows, each with its parameters.

    PostgreSQL gets them as those of `queue`.
    `long`: they change hundreds of rows. In a worker on SQLite a thread executes them, inside of the caller's `write()`: 500 recipients
    take it 3 ms, in which other greenlets run, and handing over 0.05 (measured).
    """
    bound = [statement._bind(connection.dialect, parameters) for statement, parameters in statements]

    def execute_bound() -> None:
        for compiled, values in bound:
            execute(connection, compiled.sql, values, queue=True)

    if long and connection.dialect.name == "sqlite" and monkey.is_module_patched("threading"):
        in_thread.call(execute_bound)
    else:
        execute_bound()


def execute(connection: Connection, sql: str, values: Sequence[Any], *, queue: bool = False) -> Any:
    """Have the driver execute a statement, at once or as `Prepared.queue`. Returns its cursor."""
    bare: Any = connection.connection.dbapi_connection
    try:
        if connection.dialect.name == "sqlite":
            return bare.execute(sql, values)
        return bare.queue(sql, values) if queue else bare.run(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_raised(connection, sql, error) from error


def _execute_many(connection: Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Execute a statement for each of `rows`: SQLite in one call, PostgreSQL as `Prepared.queue`."""
    if connection.dialect.name != "sqlite":
        for values in rows:
            execute(connection, sql, values, queue=True)
        return
    bare: Any = connection.connection.dbapi_connection
    try:
        bare.executemany(sql, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_raised(connection, sql, error) from error


def _rows(connection: Connection, compiled: _Compiled, cursor: Any) -> list[Any]:
    try:
        found: list[Any] = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:  # a value that the driver cannot decode, for example
        raise _as_raised(connection, compiled.sql, error) from error
    return found if compiled.row is None else list(map(compiled.row, found))


def first_line(error: BaseException) -> tuple[Any, ...]:
    """The arguments of an error, its text cut to the first line.

    PostgreSQL quotes the values of the row in the lines behind it.
    """
    return (str(error.args[0] if error.args else error).partition("\n")[0], *error.args[1:])


def _as_raised(connection: Connection, sql: str, error: Exception) -> Exception:
    """The error of SQLAlchemy for one of the driver. A connection that is lost leaves the pool."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]
    error.args = first_line(error)
    base = dialect.loaded_dbapi.Error
    raised = DBAPIError.instance(sql, None, error, base, hide_parameters=True, connection_invalidated=lost, dialect=dialect)
    if lost:
        connection.invalidate(error)
    return raised


def _compile(statement: Any, dialect: Dialect) -> _Compiled:
    # For PostgreSQL with parameters as it has them itself, which psycopg's cursors do not take.
    by_place: Any = dialect if dialect.name == "sqlite" else cast(Any, type(dialect))(paramstyle="numeric_dollar")
    compiled: SQLCompiler = statement.compile(dialect=by_place)
    assert not (compiled.insert_prefetch or compiled.update_prefetch), "a column with a default in Python needs a value"
    binds = [compiled.binds[name] for name in compiled.positiontup or ()]
    constants = {bind.key: bind.value for bind in binds if not bind.required}
    found = [(place, bind.type.dialect_impl(dialect).bind_processor(dialect)) for place, bind in enumerate(binds)]
    converts = tuple((place, convert) for place, convert in found if convert is not None)
    columns = getattr(statement, "exported_columns", None)
    row = None if columns is None else _row([column.key for column in columns], [column.type for column in columns], dialect)
    return _Compiled(str(compiled), tuple(bind.key for bind in binds), constants, converts, row)


def _row(names: list[str | None], types: list[TypeEngine[Any]], dialect: Dialect) -> Convert:
    make: Convert = namedtuple("Row", [name or "" for name in names], rename=True)._make  # type: ignore[attr-defined]
    converts = [
        (place, convert) for place, type_ in enumerate(types) if (convert := type_.dialect_impl(dialect).result_processor(dialect, None))
    ]
    if not converts:
        return make

    def converted(row: Any) -> Any:
        found = list(row)
        for place, convert in converts:
            found[place] = convert(found[place])
        return make(found)

    return converted
