"""Write transactions of SQLite. Those that wait for each other share one COMMIT.

COMMIT waits for the disk, as long as several sends take. The writer that begins a transaction is its leader. When it has written, and
others wait for the lock, they write in its transaction, each behind a savepoint, before the leader commits for all. What one of them
wrote is undone alone if it fails; if the COMMIT fails, all fail.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import gevent
from gevent import monkey
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from sqlalchemy import Connection, Engine

from notifier.database import kept_connections, sqlite
from notifier.database.bounded import bounded, busy, gone, translated

# Not threading's lock: its release checks the owner, which lets other greenlets run first.
_lock = BoundedSemaphore(1)
# Where threads are not greenlets: gevent's lock asks the loop of the thread that used it last, which may run none, and then never returns.
_lock_of_threads = monkey.get_original("_thread", "allocate_lock")()
_OPTIONS = {sqlite.WRITES_OPTION: True}
_open: list[_Joined] = []
"""The transaction that others may join; empty, or one. Read and changed by the holder of the lock."""


class _Joined:
    """A transaction that others have joined.

    `ended`: set after its COMMIT or its failure; `committed`: which of the two it was.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.ended = Event()
        self.committed = False
        self._info = connection.info
        self._info[sqlite.COMMITTED] = False

    def end(self) -> None:
        """Wake those who have joined. To be called before the next writer may use the connection."""
        self.committed = self._info[sqlite.COMMITTED]
        self.ended.set()

    @property
    def bare(self) -> sqlite3.Connection:
        bare = self.connection.connection.dbapi_connection
        assert isinstance(bare, sqlite3.Connection)
        return bare


def write(engine: Engine) -> AbstractContextManager[Connection]:
    """Write, and return when it is committed. Raises `Unavailable`, as `database.write`.

    To be entered at once: from here on the caller holds the lock.
    """
    if not kept_connections.may_keep(engine):
        return _by_thread(engine)
    if not _lock.acquire(timeout=sqlite.LOCK_TIMEOUT_SECONDS):
        raise busy()
    if _open and _same_file(_open[0].connection.engine, engine):
        return _join(_open[0])
    return _lead(engine)


def _same_file(one: Engine, other: Engine) -> bool:
    """Whether two engines, such as those of two applications, are of the same database."""
    return one is other or os.path.realpath(one.url.database or "") == os.path.realpath(other.url.database or "")


@contextmanager
def _by_thread(engine: Engine) -> Iterator[Connection]:
    """Write alone, where threads are not greenlets."""
    if not _lock_of_threads.acquire(timeout=sqlite.LOCK_TIMEOUT_SECONDS):
        raise busy()
    try:
        with bounded(engine, **_OPTIONS) as connection, connection.begin():
            yield connection
    finally:
        _lock_of_threads.release()


@contextmanager
def _lead(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction, and have others join it before its COMMIT. The caller holds the lock."""
    joined: _Joined | None = None
    try:
        with kept_connections.kept(engine, kept_connections.WRITES, **_OPTIONS) as connection, connection.begin():
            yield connection
            if _lock.linkcount() and not _open:  # the open one is of another database, whose server is in this process too
                joined = _Joined(connection)
                _let_others_join(joined)
    finally:
        if joined is not None:
            joined.end()
        _lock.release()
        if _lock.linkcount():
            # Waiters are notified in the next turn of the loop: without it the caller's next write would take the lock again.
            gevent.sleep(0)


def _let_others_join(joined: _Joined) -> None:
    """Give the lock to those who wait for it, and take it again behind them."""
    _open.append(joined)
    _lock.release()
    interrupted: BaseException | None = None
    while True:
        try:
            gevent.sleep(0)  # waiters are notified in the next turn of the loop
            _lock.acquire()
            break
        except BaseException as error:  # a timeout, for example: the transaction is rolled back when no other writes in it
            interrupted = error
    _open.clear()
    if interrupted is not None:
        raise interrupted
    if not joined.bare.in_transaction:  # SQLite itself rolls back when the disk is full
        raise gone()


@contextmanager
def _join(joined: _Joined) -> Iterator[Connection]:
    """Write in another's transaction, and wait for its COMMIT. Releases the caller's lock."""
    bare = joined.bare
    try:
        if not bare.in_transaction:
            raise gone()
        bare.execute("SAVEPOINT joined")
        try:
            with translated():
                yield joined.connection
        except BaseException:  # also a timeout or the end of the greenlet: what it wrote must not be committed with the rest
            if bare.in_transaction:
                bare.execute("ROLLBACK TO joined")
            raise
        finally:
            if bare.in_transaction:
                bare.execute("RELEASE joined")
    finally:
        _lock.release()
    joined.ended.wait()
    if not joined.committed:
        raise gone()
