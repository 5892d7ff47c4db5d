"""The greenlets of the outbox in one process: one plans, others claim what is due.

There is one for each channel and one for webhooks. Each delivery is sent in a greenlet of its own.
They are apart from all other work: a slow service delays neither expiry nor streams.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from flask import Flask
from gevent.event import Event
from gevent.pool import Pool

from notifier.realtime.stream_server import supervise
from notifier.realtime.yielding import until_next_round
from notifier.services import configured_channels
from notifier.services.outbox import administration, claims, digests, senders, steps, webhook_calls
from notifier.services.webhooks import recording

Step = Callable[[], bool]
RunStep = Callable[..., bool]

_ROUND_SECONDS = 1.0
_OBSERVED_EVERY_SECONDS = 5.0
_FOR_ALL: tuple[Step, ...] = (claims.release_step,)
_FOR_USERS: tuple[Step, ...] = (steps.step, digests.step)
_PAUSE_SECONDS = 0.02
_OUTBOX = "notifier.outbox"
_log = logging.getLogger(_OUTBOX)


class Queue(Protocol):
    """Deliveries of one kind. Processes share them, and each claims what it sends."""

    @property
    def name(self) -> str:
        """The name of its channel, for the log."""

    def is_due(self) -> bool:
        """Whether any waits to be sent now."""

    def claim(self, most: int) -> tuple[list[Any], bool]:
        """Claim up to `most` that are due. Also return whether others may be."""

    def send(self, claimed: Any) -> None:
        """Make one attempt of what was claimed, and settle it."""


class _Sending:
    """A queue at work in this process: at most `count` are sent at once."""

    def __init__(self, queue: Queue, count: int) -> None:
        self.queue = queue
        self.wake = Event()
        self.claiming = False
        self.senders = Pool(count)


class Loops:
    """`run_step`: calls a step with the application, and logs what it raises.

    The log has the step's name, or that it is given.
    """

    def __init__(self, app: Flask, run_step: RunStep) -> None:
        self._app = app
        self._run_step = run_step
        self._sending: list[_Sending] = []
        self._stopping = False

    def start(self, count: int) -> None:
        """Start planning, and sending up to `count` at once on each channel and to webhooks.

        Without a channel nothing is planned.
        """
        with self._app.app_context():
            found = configured_channels.by_name()
        queues: list[Queue] = [*map(senders.Deliveries, found.values()), webhook_calls.Calls()]
        for queue in queues:
            self._start_sending(queue, count)
        planning = (_FOR_ALL if found else ()) + (_FOR_USERS if any(channel.to_users for channel in found.values()) else ())
        supervise(lambda: self._plan(planning))

    def stop(self, within: float) -> None:
        """Claim nothing more, and wait up to `within` seconds for what is being sent.

        It would be sent again otherwise.
        """
        self._stopping = True
        deadline = time.monotonic() + within
        while any(one.claiming or len(one.senders) for one in self._sending) and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)

    def _start_sending(self, queue: Queue, count: int) -> None:
        if count:
            self._sending.append(sending := _Sending(queue, count))
            supervise(lambda: self._send(sending))

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
            for one in self._sending:
                if self._run_step(self._app, one.queue.is_due):
                    one.wake.set()
            time.sleep(until_next_round(_ROUND_SECONDS))

    def _send(self, sending: _Sending) -> None:
        while True:
            sending.wake.wait()
            sending.wake.clear()
            while self._claim(sending):
                pass

    def _claim(self, sending: _Sending) -> bool:
        """Claim as many as there are senders free, and start them. Returns whether others may be due."""

        def step() -> bool:
            claimed, more = sending.queue.claim(sending.senders.free_count())
            for one in claimed:
                sending.senders.spawn(self._send_one, sending.queue, one)
            return more

        sending.senders.wait_available()
        if self._stopping:
            return False
        sending.claiming = True  # at once: `stop` must not find a time between the last one sent and this claim
        try:
            return self._run_step(self._app, step, f"claim on {sending.queue.name}")
        finally:
            sending.claiming = False

    def _send_one(self, queue: Queue, claimed: Any) -> None:
        def step() -> bool:
            queue.send(claimed)
            return False

        try:
            self._run_step(self._app, step, f"delivery on {queue.name}")
        except Exception:  # a fault of this program over one delivery must not stop all others
            _log.exception("a delivery on %s failed; it is tried again when its claim lapses", queue.name)


def start(app: Flask, run_step: RunStep, count: int) -> None:
    """Start the loops of this process."""
    app.extensions[_OUTBOX] = loops = Loops(app, run_step)
    loops.start(count)


def stop(app: Flask, within: float) -> None:
    """Stop the loops of this process, if it has any."""
    loops: Loops | None = app.extensions.get(_OUTBOX)
    if loops is not None:
        loops.stop(within)
