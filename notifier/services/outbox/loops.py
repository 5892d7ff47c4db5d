"""The greenlets of the outbox in one process: one plans, some send on each channel.

They are apart from all other work: a slow service delays neither expiry nor streams.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from threading import Event

from flask import Flask

from notifier.channels.ports import Channel
from notifier.realtime.breaker import Breaker
from notifier.realtime.stream_server import supervise
from notifier.services import channels
from notifier.services.outbox import claims, digests, reports, senders, steps

Step = Callable[[], bool]
RunStep = Callable[[Flask, Step], bool]

_ROUND_SECONDS = 1.0
_OBSERVED_EVERY_SECONDS = 5.0
_PLANNING: tuple[Step, ...] = (claims.release_step, steps.step, digests.step)
_PAUSE_SECONDS = 0.02
_OUTBOX = "notifier.outbox"


class Loops:
    """`run_step`: calls a step with the application, and logs what it raises."""

    def __init__(self, app: Flask, run_step: RunStep) -> None:
        self._app = app
        self._run_step = run_step
        self._wakes: dict[str, Event] = {}
        self._sending = 0
        self._stopping = False

    def start(self, count: int) -> None:
        """Start planning, and `count` senders on each channel. Without a channel nothing is started."""
        with self._app.app_context():
            found = channels.configured()
        for name, channel in found.items():
            self._wakes[name], breaker = Event(), senders.breaker()
            for _ in range(count):
                self._start_sender(channel, breaker)
        if found:
            supervise(self._plan)

    def stop(self, within: float) -> None:
        """Claim nothing more, and wait up to `within` seconds for what is being sent.

        It would be sent again otherwise.
        """
        self._stopping = True
        deadline = time.monotonic() + within
        while self._sending and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)

    def _start_sender(self, channel: Channel, breaker: Breaker) -> None:
        supervise(lambda: self._send(channel, breaker, self._wakes[channel.name]))

    def _plan(self) -> None:
        observed_at = 0.0
        while True:
            for step in _PLANNING:
                while self._run_step(self._app, step):
                    pass
            if time.monotonic() >= observed_at + _OBSERVED_EVERY_SECONDS:
                observed_at = time.monotonic()
                self._run_step(self._app, reports.observe_step)
            for name, wake in self._wakes.items():
                if self._run_step(self._app, partial(claims.is_due, name)):
                    wake.set()
            time.sleep(_ROUND_SECONDS)

    def _send(self, channel: Channel, breaker: Breaker, wake: Event) -> None:
        while True:
            wake.wait()
            while not self._stopping and self._send_one(channel, breaker):
                pass
            wake.clear()

    def _send_one(self, channel: Channel, breaker: Breaker) -> bool:
        self._sending += 1
        try:
            return self._run_step(self._app, partial(senders.send_next, channel, breaker))
        finally:
            self._sending -= 1


def start(app: Flask, run_step: RunStep, count: int) -> None:
    """Start the loops of this process."""
    app.extensions[_OUTBOX] = loops = Loops(app, run_step)
    loops.start(count)


def stop(app: Flask, within: float) -> None:
    """Stop the loops of this process, if it has any."""
    loops: Loops | None = app.extensions.get(_OUTBOX)
    if loops is not None:
        loops.stop(within)
