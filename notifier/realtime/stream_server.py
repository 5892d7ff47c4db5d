"""The greenlets of a process that holds streams, watched over."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

import gevent

from notifier.realtime.bus import Bus
from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub
from notifier.realtime.opening import Opening
from notifier.realtime.stream import Stream

_log = logging.getLogger("notifier.stream_server")


class StreamServer:
    def __init__(self, hub: Hub, feed: Feed, bus: Bus) -> None:
        self.hub = hub
        self.feed = feed
        self.bus = bus
        self._running = False
        hub.on_watch = bus.watching

    def start(self) -> None:
        """Once, however often it is called. The first stream would do it too, only later."""
        if self._running:
            return
        self._running = True
        for run in (self.feed.run, self.hub.poller.run, self.hub.wheel.run, self.hub.report, *self.bus.tasks):
            supervise(run)

    def stream(self, opening: Opening) -> Stream:
        """The response body of a stream that has been allowed."""
        self.start()
        return Stream(self.hub, self.feed, opening)


def supervise(run: Callable[[], None]) -> None:
    """Runs it in a greenlet, for ever. Without it things would hang in silence: its end ends the process, and gunicorn starts another."""

    def last_words(greenlet: gevent.Greenlet[[], None]) -> None:
        _log.critical("%s ended, and with it this process", run.__qualname__, exc_info=greenlet.exc_info if greenlet.exception else None)
        os._exit(1)

    gevent.spawn(run).link(last_words)
