"""Connections to PostgreSQL that send several statements at once.

Each wait for an answer takes two system calls here, two in the server and a turn of the event loop. So BEGIN, and statements whose
result is not needed, are queued until the next one whose result is, or until COMMIT (libpq's pipeline mode).
"""

from __future__ import annotations

import itertools
import select
from collections.abc import Sequence
from functools import cached_property
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any, Self, cast

import psycopg
from gevent import get_hub, monkey
from psycopg import abc, adapt, errors
from psycopg.abc import RV, Buffer, PQGen
from psycopg.adapt import PyFormat
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready

# Of statements of psycopg's cursors. With all channels a process executes about 100, counting each combination of the parameters' types.
# psycopg keeps 100, and would prepare some of them again and again.
_MAX_PREPARED = 500
# After these psycopg has the server forget everything that is prepared, as results may have other types then.
_DEALLOCATING = ("DROP", "ALTER", "ROLLBACK", "DISCARD", "DEALLOCATE")
# Both gevent and psycopg have these numbers, for events to wait for and for those that have happened.
_READ, _WRITE = EVENT_READ, EVENT_WRITE
# Members of enumerations cost more to look up.
_BAD, _IDLE = ConnStatus.BAD, TransactionStatus.IDLE
_COMMAND_OK, _FATAL_ERROR, _PIPELINE_SYNC = ExecStatus.COMMAND_OK, ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_SYNC


class PipeliningConnection(psycopg.Connection[Any]):
    """A connection with a queue of statements, whose parameters are called `$1` and so on.

    They are prepared when they are first executed, and stay so. An error is raised where the queue is sent: by the next statement whose
    result is needed, or by COMMIT. What psycopg sends by itself, as for its cursors, goes out behind the queue.
    """

    def __init__(self, pgconn: PGconn) -> None:
        super().__init__(pgconn)
        self.prepared_max = _MAX_PREPARED
        self.cursor_factory = _Cursor
        self._queue: list[Answer] = []
        self._names: dict[str, bytes] = {}
        self._numbers = itertools.count()
        self._hub: Any = None
        self._watchers: dict[int, Any] = {}

    @cached_property
    def transformer(self) -> abc.Transformer:
        """Converts values; made at its first use, since `connect` sets the adapters of JSON at last."""
        return adapt.Transformer(self)

    @property
    def is_idle(self) -> bool:
        """Whether it is open, outside of a transaction."""
        return not self._queue and self.pgconn.transaction_status == _IDLE

    def has_input(self) -> bool:
        """Whether there is something to read, or the end of the connection.

        It does not wait, and so needs no turn of the event loop.
        """
        return self.closed or bool(self._poll.poll(0))

    @cached_property
    def _poll(self) -> Any:
        poll = monkey.get_original("select", "poll")()
        poll.register(self.pgconn.socket, select.POLLIN)
        return poll

    def begin(self) -> None:
        """Queue BEGIN."""
        if not self.autocommit:
            self.queue("BEGIN ISOLATION LEVEL READ COMMITTED", ())

    def queue(self, sql: str, values: Sequence[Any]) -> Answer:
        """Queue a statement. Its answer executes what is queued when it is asked for rows."""
        answer = Answer(self, sql, self.transformer.dump_sequence(values, [PyFormat.TEXT] * len(values)))
        self._queue.append(answer)
        return answer

    def run(self, sql: str, values: Sequence[Any]) -> Answer:
        """Execute what is queued, and a statement."""
        answer = self.queue(sql, values)
        self.send_queue()
        return answer

    def send_queue(self) -> None:
        """Execute what is queued."""
        queue, self._queue = self._queue, []
        try:
            self._exchange(queue)
        except BaseException:  # whatever ends the wait is raised again, a timeout and a killed greenlet too
            self._close_if_interrupted()
            raise

    def commit(self) -> None:
        """As psycopg's, behind what is queued."""
        if not self.is_idle:
            self.run("COMMIT", ())

    def rollback(self) -> None:
        """As psycopg's, which also forgets what it has prepared. What is queued is not executed."""
        self._queue.clear()
        if self.pgconn.transaction_status != _IDLE:
            self.run("ROLLBACK", ())

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """As psycopg's, behind what is queued.

        Under gevent psycopg's own waits by `select.poll`, which takes 20 us more (measured).
        """
        if self._queue:
            self.send_queue()
        if timeout is not None or not monkey.is_module_patched("select"):
            return super().wait(gen, interval, timeout)
        try:
            wanted = next(gen)
            while True:
                self._wait_for(wanted)
                wanted = gen.send(Ready(wanted))
        except StopIteration as end:
            found: RV = end.value
            return found
        except BaseException:  # as in `send_queue`
            self._close_if_interrupted()
            raise

    def forget_prepared(self) -> None:
        """Prepare each statement again, since the server may know none."""
        self._names.clear()

    def _exchange(self, queue: Sequence[Answer]) -> None:
        """Send statements and receive their results."""
        pgconn = self.pgconn
        pgconn.enter_pipeline_mode()
        sent = list[tuple[Answer, bool]]()  # a statement, and whether it was only prepared
        for answer in queue:
            name = self._names.get(answer.sql)
            if name is None:
                name = self._names[answer.sql] = b"notifier_%d" % next(self._numbers)
                pgconn.send_prepare(name, answer.sql.encode())
                sent.append((answer, True))
            pgconn.send_query_prepared(name, answer.values)
            sent.append((answer, False))
        pgconn.pipeline_sync()
        failed: errors.Error | None = None
        for (answer, prepares), result in zip(sent, self._receive(), strict=False):  # fewer are received if the connection is lost
            if not prepares:
                answer.result = result
            elif result.status != _COMMAND_OK:
                del self._names[answer.sql]
            if result.status == _FATAL_ERROR and failed is None:
                failed = errors.error_from_result(result)
                failed.add_note(f"in {answer.sql}")  # which may have been queued earlier
        if failed is not None:
            raise failed

    def _receive(self) -> list[PGresult]:
        """Receive the results of all statements in the pipeline, and end it."""
        pgconn = self.pgconn
        while pgconn.flush():
            self._wait_for(_READ | _WRITE)
            pgconn.consume_input()
        results = list[PGresult]()
        while True:
            while pgconn.is_busy():
                self._wait_for(_READ)
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is not None:
                if result.status == _PIPELINE_SYNC:
                    pgconn.exit_pipeline_mode()
                    return results
                results.append(result)
            elif pgconn.status == _BAD:  # else it is the end of a statement
                return results

    def _wait_for(self, events: int) -> None:
        """Wait until the socket can be read or written."""
        if not monkey.is_module_patched("select"):
            with DefaultSelector() as selector:
                selector.register(self.pgconn.socket, events)
                selector.select()
            return
        hub = get_hub()
        if hub is not self._hub:
            self._hub, self._watchers = hub, {}
        watcher = self._watchers.get(events)
        if watcher is None:
            watcher = self._watchers[events] = hub.loop.io(self.pgconn.socket, events)
        hub.wait(watcher)

    def _close_if_interrupted(self) -> None:
        """Close the connection if an answer is missing, which the next statement would get."""
        if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
            self.close()


class Answer:
    """A statement and its result, with as much of a cursor as its callers use.

    `result`: None while it is queued.
    """

    __slots__ = ("_connection", "result", "sql", "values")

    def __init__(self, connection: PipeliningConnection, sql: str, values: Sequence[Buffer | None]) -> None:
        self._connection = connection
        self.sql = sql
        self.values = values
        self.result: PGresult | None = None

    @property
    def rowcount(self) -> int:
        return self._executed().command_tuples or 0

    def fetchall(self) -> list[tuple[Any, ...]]:
        result, transformer = self._executed(), self._connection.transformer
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    def _executed(self) -> PGresult:
        if self.result is None:
            self._connection.send_queue()
        assert self.result is not None
        return self.result


class _Cursor(psycopg.Cursor[Any]):
    def execute(self, *arguments: Any, **options: Any) -> Self:
        super().execute(*arguments, **options)
        if self.statusmessage is not None and self.statusmessage.startswith(_DEALLOCATING):
            cast(PipeliningConnection, self.connection).forget_prepared()
        return self
