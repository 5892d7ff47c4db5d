"""Calls that wait for each other and write in one transaction.

Each transaction costs a process as much as several statements, and PostgreSQL a COMMIT. The first to come leads a batch: it writes what
all want to write who have come before its transaction begins. None waits for others to come.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from gevent import monkey
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from notifier.database import engine, postgres, sqlite
from notifier.database.bounded import busy, conflict, gone
from notifier.errors import Refused, Unavailable
from notifier.extensions import db

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_CALLS = 32

_log = logging.getLogger("notifier.batches")


def possible() -> bool:
    """Whether calls can wait for each other: where threads are greenlets."""
    return monkey.is_module_patched("threading")


class Call(Generic[Item, Result]):
    """One call. `error`: what it raises if it has no `result`."""

    __slots__ = ("error", "item", "result")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.error: Refused | None = None

    def outcome(self) -> Result:
        """Return the result, or raise the error."""
        if self.error is not None:
            raise copy.copy(self.error)  # raised by several greenlets, one exception would collect the tracebacks of all
        assert self.result is not None
        return self.result


class _Batch(Generic[Item, Result]):
    """`is_open`: whether calls may be added. `ended`: set when each call has a result or an error."""

    def __init__(self, first: Call[Item, Result]) -> None:
        self.calls = [first]
        self.is_open = True
        self.ended = Event()

    def takes(self) -> bool:
        return self.is_open and len(self.calls) < _MOST_CALLS


class Batches(Generic[Item, Result]):
    """A function whose calls are written in batches, one batch at a time.

    `write`: writes calls in a transaction, and sets the result of each. It may set the error of a call for which it has written nothing.
    `committed`: is called with the calls after the COMMIT.
    """

    def __init__(
        self, write: Callable[[Connection, Sequence[Call[Item, Result]]], None], committed: Callable[[Sequence[Call[Item, Result]]], None]
    ) -> None:
        self._write = write
        self._committed = committed
        self._writing = BoundedSemaphore(1)
        self._next: _Batch[Item, Result] | None = None

    def call(self, item: Item) -> Result:
        """Write `item`, with others where it has to wait.

        Raises `Unavailable` as its transaction does, and `TransactionConflict` where it should be written alone: one of the batch failed or
        was interrupted, or rows were locked. Then nothing was written.
        """
        call = Call[Item, Result](item)
        batch = self._next
        if batch is not None and batch.takes():
            batch.calls.append(call)
            batch.ended.wait()
        else:
            self._next = batch = _Batch(call)
            self._lead(batch)
        return call.outcome()

    def _lead(self, batch: _Batch[Item, Result]) -> None:
        error: Refused | None = conflict()  # what all raise if this greenlet is interrupted, or one of them fails
        try:
            with self._turn(), engine.write() as transaction:
                batch.is_open = False
                postgres.bound_lock_waits(transaction)
                self._write(transaction, batch.calls)
                error = gone()  # it may be committed from here on
            error = None
        except Unavailable as problem:
            error = problem
        except Exception as problem:  # whatever one of them raises must not be the error of the others; alone it raises it again
            _log.warning("a batch of %d failed", len(batch.calls), exc_info=problem)
            if isinstance(problem, DBAPIError):  # at COMMIT too the database has refused it
                error = conflict()
        finally:
            batch.is_open = False
            if error is not None:
                for call in batch.calls:
                    call.error = error
            batch.ended.set()
        if error is None:
            self._committed(batch.calls)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the batch before, as long as for a connection or for the lock."""
        patience = sqlite.LOCK_TIMEOUT_SECONDS if db.engine.dialect.name == "sqlite" else engine.POOL_TIMEOUT_SECONDS
        if not self._writing.acquire(timeout=patience):
            raise busy()
        try:
            yield
        finally:
            self._writing.release()
