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

from flask import current_app
from gevent import monkey
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from notifier.database.bounded import translated

READS = "reads"
"""For lookups, the feed and the scheduler. One for all: after a commit of another connection, each reads its pages again."""
WRITES = "writes"
_KEPT = "notifier.kept_connections"


def may_keep(engine: Engine) -> bool:
    """Whether connections can be kept: for SQLite under gevent."""
    return engine.dialect.name == "sqlite" and monkey.is_module_patched("threading")


@contextmanager
def kept(engine: Engine, purpose: str, **options: bool) -> Iterator[Connection]:
    """The connection for `purpose`, made at its first use.

    `options`: execution options. Raises `Unavailable`.
    """
    connections: dict[tuple[int, str], Connection] = current_app.extensions.setdefault(_KEPT, {})
    key = (os.getpid(), purpose)
    connection = connections.get(key)
    if connection is None:
        with translated():
            made = engine.connect().execution_options(**options)
            made.detach()  # the pool may make another one in its place
        connection = connections.setdefault(key, made)
        if connection is not made:  # connecting yields, and another greenlet was sooner
            made.close()
    try:
        yield connection
    except BaseException as error:
        # Whatever ends the block is raised again, a killed greenlet and a timeout too. An interrupted COMMIT that failed, for example,
        # leaves its transaction open: the next call makes another connection.
        with translated():
            if isinstance(error, DBAPIError) or connection.invalidated or _bare(connection).in_transaction:
                if connections.get(key) is connection:
                    del connections[key]
                connection.close()
            raise


@contextmanager
def transaction(engine: Engine, purpose: str, **options: bool) -> Iterator[Connection]:
    """As `kept`, in a transaction."""
    with kept(engine, purpose, **options) as connection, connection.begin():
        yield connection


def _bare(connection: Connection) -> sqlite3.Connection:
    bare = connection.connection.dbapi_connection
    assert isinstance(bare, sqlite3.Connection)
    return bare
