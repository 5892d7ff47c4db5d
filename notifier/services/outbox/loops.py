"""The greenlets of the outbox in one process: one plans, some send on each channel.

Others call webhooks.

They are apart from all other work: a slow service delays neither expiry nor streams.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from flask import Flask
from gevent.lock import Semaphore

from notifier.realtime.stream_server import supervise
from notifier.services import configured_channels
from notifier.services.outbox import administration, claims, digests, senders, steps, webhook_calls
from notifier.services.outbox.resting import Resting
from notifier.services.webhooks import recording

Step = Callable[[], bool]
RunStep = Callable[[Flask, Step], bool]

_ROUND_SECONDS = 1.0
_OBSERVED_EVERY_SECONDS = 5.0
_FOR_ALL: tuple[Step, ...] = (claims.release_step,)
_FOR_USERS: tuple[Step, ...] = (steps.step, digests.step)
_PAUSE_SECONDS = 0.02
_OUTBOX = "notifier.outbox"


class Loops:
    """`run_step`: calls a step with the application, and logs what it raises."""

    def __init__(self, app: Flask, run_step: RunStep) -> None:
        self._app = app
        self._run_step = run_step
        self._queues: list[tuple[Step, Semaphore]] = []
        self._sending = 0
        self._stopping = False

    def start(self, count: int) -> None:
        """Start planning, and `count` senders on each channel and for webhooks.

        Without a channel nothing is planned.
        """
        with self._app.app_context():
            found = configured_channels.by_name()
        for name, channel in found.items():
            self._start_queue(count, partial(claims.is_due, name), partial(senders.send_next, channel, senders.breaker(), Resting()))
        self._start_queue(count, webhook_calls.is_due, partial(webhook_calls.send_next, Resting()))
        planning = (_FOR_ALL if found else ()) + (_FOR_USERS if any(channel.to_users for channel in found.values()) else ())
        supervise(lambda: self._plan(planning))

    def stop(self, within: float) -> None:
        """Claim nothing more, and wait up to `within` seconds for what is being sent.

        It would be sent again otherwise.
        """
        self._stopping = True
        deadline = time.monotonic() + within
        while self._sending and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)

    def _start_queue(self, count: int, is_due: Step, send: Callable[..., bool]) -> None:
        wake = Semaphore(0)
        self._queues.append((is_due, wake))
        for _ in range(count):
            supervise(lambda: self._send(partial(send, on_more=partial(_wake_one, wake)), wake))

    def _plan(self, planning: tuple[Step, ...]) -> None:
        observed_at = 0.0
        while True:
            for step in planning:
                while self._run_step(self._app, step):
                    pass
            self._run_step(self._app, recording.refresh_step)
            if planning and time.monotonic() >= observed_at + _OBSERVED_EVERY_SECONDS:
                observed_at = time.monotonic()
                self._run_step(self._app, administration.observe_step)
            for is_due, wake in self._queues:
                if self._run_step(self._app, is_due):
                    _wake_one(wake)
            time.sleep(_ROUND_SECONDS)

    def _send(self, send: Step, wake: Semaphore) -> None:
        while True:
            wake.acquire()
            while not self._stopping and self._send_one(send):
                pass

    def _send_one(self, send: Step) -> bool:
        self._sending += 1
        try:
            return self._run_step(self._app, send)
        finally:
            self._sending -= 1


def _wake_one(wake: Semaphore) -> None:
    """Wake one sender, which wakes the next when it finds more than it claims.

    A claim that finds nothing costs a transaction too.
    """
    if wake.locked():
        wake.release()


def start(app: Flask, run_step: RunStep, count: int) -> None:
    """Start the loops of this process."""
    app.extensions[_OUTBOX] = loops = Loops(app, run_step)
    loops.start(count)


def stop(app: Flask, within: float) -> None:
    """Stop the loops of this process, if it has any."""
    loops: Loops | None = app.extensions.get(_OUTBOX)
    if loops is not None:
        loops.stop(within)
