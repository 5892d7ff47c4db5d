"""Connections to PostgreSQL that a process under gevent keeps at hand between transactions.

To take one from SQLAlchemy's pool and to put it back costs more than a statement: 21 us beside 16 (measured). The pool still makes
connections, and replaces those that are lost.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from gevent import monkey
from gevent.lock import BoundedSemaphore
from sqlalchemy import Connection, Engine, QueuePool
from sqlalchemy.exc import TimeoutError as PoolTimeout

from notifier.database import postgres


def connect(engine: Engine) -> AbstractContextManager[Connection]:
    """As `engine.connect`."""
    if engine.dialect.name == "sqlite" or not monkey.is_module_patched("threading"):
        return engine.connect()
    return _idle(engine, os.getpid()).connect()


def idle(engine: Engine) -> int:
    """The number of connections at hand."""
    return len(_idle(engine, os.getpid()).connections)


class _Idle:
    """Those of one engine in one process.

    `connections`: each with the time since when it rests; the last one has rested least.
    """

    def __init__(self, engine: Engine) -> None:
        assert isinstance(engine.pool, QueuePool)
        self.connections: list[tuple[Connection, float]] = []
        self._engine = engine
        self._timeout = engine.pool.timeout()
        self._unused = BoundedSemaphore(engine.pool.size())

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        if not self._unused.acquire(timeout=self._timeout):
            raise PoolTimeout
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._put_back(connection)
        finally:
            self._unused.release()

    def _take(self) -> Connection:
        while self.connections:
            connection, since = self.connections.pop()
            is_open = False
            try:
                is_open = postgres.is_open(self._engine.dialect, _bare(connection), since)
            finally:  # also where the wait for its answer was interrupted
                if not is_open:
                    connection.invalidate()
                    connection.close()
            if is_open:
                return connection
        return self._engine.connect()

    def _put_back(self, connection: Connection) -> None:
        if connection.invalidated or connection.in_transaction() or not _bare(connection).is_idle:
            connection.close()
        else:
            self.connections.append((connection, time.monotonic()))


def _bare(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


@functools.cache
def _idle(engine: Engine, _pid: int) -> _Idle:
    """A forked process uses no connection of its parent."""
    return _Idle(engine)
