"""Calls in a thread, for SQLite.

What takes it milliseconds in C would stop every greenlet of the process.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

import gevent
from gevent import monkey
from gevent.event import Event
from gevent.hub import Hub


def run(work: Callable[[], object]) -> tuple[Exception | None, BaseException | None]:
    """Call `work` in a thread, and wait for it with the greenlet.

    The caller holds the lock of writers: one call at a time. Returns the error of `work`, and what interrupted the greenlet meanwhile.
    After a timeout too, what `work` uses belongs to the thread until it is done.
    """
    return _thread(gevent.get_hub(), os.getpid()).run(work)


def call(work: Callable[[], object]) -> None:
    """As `run`. Raises the error, or what interrupted the greenlet."""
    failed, interrupted = run(work)
    if interrupted is not None:
        raise interrupted from failed
    if failed is not None:
        raise failed


class _Thread:
    """A thread that works for the greenlets of one hub.

    A thread pool of gevent makes a watcher, a result and several locks for each call: 35 us more (measured).
    """

    def __init__(self, hub: Hub) -> None:
        self._work: Callable[[], object] | None = None
        self._failed: Exception | None = None
        self._ended = Event()
        self._watcher = hub.loop.async_()
        self._begin = monkey.get_original("_thread", "allocate_lock")()
        self._begin.acquire()
        monkey.get_original("_thread", "start_new_thread")(self._run, ())

    def run(self, work: Callable[[], object]) -> tuple[Exception | None, BaseException | None]:
        assert self._work is None
        self._work = work
        self._ended.clear()
        self._watcher.start(self._ended.set)
        self._begin.release()
        interrupted: BaseException | None = None
        while not self._ended.is_set():
            try:
                self._ended.wait()
            except BaseException as error:  # a timeout, for example: the caller raises it when the thread is done
                interrupted = error
        self._watcher.stop()
        return self._failed, interrupted

    def _run(self) -> None:
        while True:
            self._begin.acquire()
            assert self._work is not None
            self._failed = _error_of(self._work)
            self._work = None
            self._watcher.send()


def _error_of(work: Callable[[], object]) -> Exception | None:
    """Call `work`. Returns its error.

    Raised in the thread, it would leave the greenlet waiting for ever.
    """
    try:
        work()
    except Exception as error:  # the caller raises it
        return error
    return None


@functools.cache
def _thread(hub: Hub, _pid: int) -> _Thread:
    """One thread per gevent hub. A forked process has none of its parent's."""
    return _Thread(hub)
