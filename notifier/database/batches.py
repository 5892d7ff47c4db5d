"""Calls that wait for each other and write in one transaction.

Each transaction costs a process as much as several statements, and PostgreSQL a COMMIT. The first to come leads a batch: it writes what
all want to write who have come before its transaction begins. None waits for others to come.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from gevent import monkey
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from notifier.database import engine, postgres
from notifier.database.bounded import conflict, gone
from notifier.errors import Refused, Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_CALLS = 32


class Call(Generic[Item, Result]):
    """One call. `error`: what it raises if it has no `result`."""

    __slots__ = ("error", "item", "result")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.error: Exception | None = None

    def outcome(self) -> Result:
        """Return the result, or raise the error."""
        if self.error is not None:
            # One exception raised by several greenlets would collect the tracebacks of all.
            raise copy.copy(self.error) if isinstance(self.error, Refused) else self.error
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
        self._turn = BoundedSemaphore(1)
        self._next: _Batch[Item, Result] | None = None

    def call(self, item: Item) -> Result:
        """Write `item`, with others where it has to wait.

        Raises what its transaction raises, and `TransactionConflict` where another call has failed in it, or where rows were locked:
        then nothing was written, and `alone` may well succeed.
        """
        if not monkey.is_module_patched("threading"):
            return self.alone(item)
        call = Call[Item, Result](item)
        batch = self._next
        if batch is not None and batch.takes():
            batch.calls.append(call)
            batch.ended.wait()
        else:
            self._next = batch = _Batch(call)
            self._lead(batch)
        return call.outcome()

    def alone(self, item: Item) -> Result:
        """Write `item` in a transaction of its own."""
        call = Call[Item, Result](item)
        with engine.write() as transaction:
            self._write(transaction, [call])
        self._committed([call])
        return call.outcome()

    def _lead(self, batch: _Batch[Item, Result]) -> None:
        written = False
        error: Exception | None = gone()  # for the others if this greenlet is interrupted: what they wrote may have been committed
        try:
            with self._turn, engine.write() as transaction:
                batch.is_open = False
                postgres.bound_lock_waits(transaction)
                self._write(transaction, batch.calls)
                written = True
            error = None
        except Unavailable as problem:
            error = problem
        except Exception as problem:
            refused = not written or isinstance(problem, DBAPIError)  # else it may have been committed
            error = conflict() if refused and len(batch.calls) > 1 else problem
        finally:
            batch.is_open = False
            if error is not None:
                for call in batch.calls:
                    call.error = error
            batch.ended.set()
        if error is None:
            self._committed(batch.calls)
