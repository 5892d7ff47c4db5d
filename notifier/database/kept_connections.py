"""Connections that a process on SQLite keeps out of the pool, one for each purpose.

To take a connection from the pool and put it back costs 30 us, as much as three statements (measured). Under gevent one is enough for a
purpose whose users never overlap: because they hold a lock, or because nothing yields between their start and their end.
A forked process makes its own: SQLite's connections must not be used on both sides of a fork.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from gevent import monkey
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from notifier import current
from notifier.database.bounded import translated

READS = "reads"
"""For lookups, the feed and the scheduler. One for all: after a commit of another connection, each reads its pages again."""
WRITES = "writes"
_KEPT = "notifier.kept_connections"


def may_keep(engine: Engine) -> bool:
    """Whether connections can be kept: for SQLite under gevent."""
    return engine.dialect.name == "sqlite" and monkey.is_module_patched("threading")


class kept:
    """The connection for `purpose`, made at its first use; as a context manager.

    `options`: execution options. Raises `Unavailable`. A class, because a generator would take half as long as the statement itself.
    """

    __slots__ = ("_connection", "_connections", "_key")

    def __init__(self, engine: Engine, purpose: str, **options: bool) -> None:
        self._connections: dict[tuple[int, str], Connection] = current.app().extensions.setdefault(_KEPT, {})
        self._key = (os.getpid(), purpose)
        self._connection = self._connections.get(self._key) or self._make(engine, options)

    def __enter__(self) -> Connection:
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        # Whatever ends the block is raised again, a killed greenlet and a timeout too. An interrupted COMMIT that failed, for example,
        # leaves its transaction open: the next call makes another connection.
        if error is None:
            return
        with translated():
            if isinstance(error, DBAPIError) or self._connection.invalidated or _bare(self._connection).in_transaction:
                if self._connections.get(self._key) is self._connection:
                    del self._connections[self._key]
                self._connection.close()
            raise error

    def _make(self, engine: Engine, options: dict[str, bool]) -> Connection:
        with translated():
            made = engine.connect().execution_options(**options)
            made.detach()  # the pool may make another one in its place
        connection = self._connections.setdefault(self._key, made)
        if connection is not made:  # connecting yields, and another greenlet was sooner
            made.close()
        return connection


@contextmanager
def transaction(engine: Engine, purpose: str, **options: bool) -> Iterator[Connection]:
    """As `kept`, in a transaction."""
    with kept(engine, purpose, **options) as connection, connection.begin():
        yield connection


def _bare(connection: Connection) -> sqlite3.Connection:
    bare = connection.connection.dbapi_connection
    assert isinstance(bare, sqlite3.Connection)
    return bare
