"""The streams of one process: hub, feed and bus, and the supervised greenlets that run them."""

from __future__ import annotations

import _socket
import logging
import os
from collections.abc import Callable

import gevent

from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub
from notifier.realtime.ports import Bus
from notifier.realtime.stream import Framing, Opening, Stream
from notifier.realtime.yielding import until_next_round

_log = logging.getLogger("notifier.stream_server")
_REPORT_INTERVAL_SECONDS = 1.0


class StreamServer:
    """Owns hub, feed and bus; a `StreamOwner`."""

    def __init__(self, hub: Hub, feed: Feed, bus: Bus) -> None:
        self.hub = hub
        self.feed = feed
        self.bus = bus
        self._running = False
        hub.on_topic_change = bus.update_subscription

    def start(self) -> None:
        """Start the greenlets, once. The first stream would do it too, only later."""
        if self._running:
            return
        self._running = True
        for run in (self.feed.run, self.hub.poller.run, self.hub.timer_wheel.run, self._report, *self.bus.tasks):
            supervise(run)

    def stream(self, opening: Opening) -> Stream:
        """The response body of an authorized stream."""
        self.start()
        return Stream(self, opening)

    def open(self, opening: Opening, socket: _socket.socket, head: bytes, framing: Framing) -> None:
        """Open the stream on `socket` and have the feed write its first event."""
        connection = self.hub.open(opening, socket, head, framing)
        if connection is not None:
            self.feed.begin(connection)
            if opening.watches:
                self.feed.check_watchers_soon()

    def _report(self) -> None:
        """Have the hub report once a second, for ever."""
        while True:
            self.hub.report()
            gevent.sleep(until_next_round(_REPORT_INTERVAL_SECONDS))

    def give_back_to(self, serve: Callable[[_socket.socket], None]) -> None:
        """Have `serve` called with the socket of each reusable stream that has ended."""
        self.hub.serve_again = serve

    def drain(self) -> None:
        """End all streams and accept no new ones."""
        self.hub.drain()


def supervise(run: Callable[[], None]) -> None:
    """Run an endless function in a greenlet.

    Its end ends the process, so that gunicorn starts another one.
    Without it the streams would hang silently.
    """

    def end_process(greenlet: gevent.Greenlet[[], None]) -> None:
        _log.critical("%s ended, and with it this process", run.__qualname__, exc_info=greenlet.exc_info if greenlet.exception else None)
        os._exit(1)

    gevent.spawn(run).link(end_process)
