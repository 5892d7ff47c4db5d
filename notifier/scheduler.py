"""Background work in every process, as a list of steps.

Each step decides in the database, so any number of processes may run it.
A step is bounded and returns whether there may be more to do. A step that fails is tried again in the next round.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from threading import Event

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from notifier.channels.ports import Channel
from notifier.errors import Unavailable
from notifier.realtime.breaker import Breaker
from notifier.realtime.stream_server import supervise
from notifier.realtime.yielding import yield_to_others
from notifier.services import channels
from notifier.services.hints import scheduler_wake
from notifier.services.inbox import snooze
from notifier.services.maintenance import statistics
from notifier.services.messages import fanout, retention
from notifier.services.outbox import claims, digests, reports, senders, steps
from notifier.services.preferences import attention
from notifier.services.sessions import retention as session_retention
from notifier.services.streams import presence

Step = Callable[[], bool]

# Steps that wait for the database: each is logged once, not every second.
_waiting: set[str] = set()

_log = logging.getLogger("notifier.scheduler")
_ROUND_SECONDS = 1.0
_EVERY_ROUND: tuple[Step, ...] = (fanout.step, snooze.wake_step, attention.roll_step, retention.end_step, session_retention.stall_step)
_MINUTE_SECONDS = 60.0
_EVERY_MINUTE: tuple[Step, ...] = (
    retention.retire_step,
    retention.trim_step,
    retention.sweep_step,
    retention.purge_step,
    presence.purge_step,
    statistics.purge_step,
    session_retention.purge_step,
    reports.purge_step,
)
_PLANNING: tuple[Step, ...] = (claims.release_step, steps.step, digests.step)


def start(app: Flask) -> None:
    """Start the background work of this process."""
    supervise(lambda: _run(app))
    supervise(lambda: _run_presence(app))
    start_outbox(app)


def start_outbox(app: Flask, *, senders_: int | None = None) -> None:
    """Start planning and sending on the channels that are configured.

    Their services delay nothing else.
    """
    with app.app_context():
        found = channels.configured()
    wakes = {}
    for name, channel in found.items():
        wakes[name], breaker = Event(), senders.breaker()
        for _ in range(app.config["OUTBOX_SENDERS"] if senders_ is None else senders_):
            _start_sender(app, channel, breaker, wakes[name])
    if found:
        supervise(lambda: _run_planner(app, wakes))


def stop(app: Flask) -> None:
    """Record that the streams of this process have ended. Called before it exits."""
    run_step(app, presence.end_process)


def _run(app: Flask) -> None:
    with app.app_context():
        wake = scheduler_wake()
    next_minute = time.monotonic() + _MINUTE_SECONDS
    while True:
        wake.wait(_ROUND_SECONDS)
        wake.clear()
        steps = _EVERY_ROUND
        if time.monotonic() >= next_minute:
            next_minute = time.monotonic() + _MINUTE_SECONDS
            steps = _EVERY_ROUND + _EVERY_MINUTE
        while steps:
            steps = tuple(step for step in steps if run_step(app, step))


def _run_presence(app: Flask) -> None:
    """Run apart from the other steps: ending a stream does not wait for a large audience."""
    while True:
        time.sleep(_ROUND_SECONDS)
        while run_step(app, presence.step):
            pass
        run_step(app, statistics.step)


def _start_sender(app: Flask, channel: Channel, breaker: Breaker, wake: Event) -> None:
    supervise(lambda: _run_sender(app, channel, breaker, wake))


def _run_planner(app: Flask, wakes: Mapping[str, Event]) -> None:
    """Plan deliveries that are due, and wake the senders of a channel that has some."""
    while True:
        for step in _PLANNING:
            while run_step(app, step):
                pass
        run_step(app, reports.observe_step)
        for name, wake in wakes.items():
            if run_step(app, partial(claims.is_due, name)):
                wake.set()
        time.sleep(_ROUND_SECONDS)


def _run_sender(app: Flask, channel: Channel, breaker: Breaker, wake: Event) -> None:
    while True:
        wake.wait()
        while run_step(app, partial(senders.send_next, channel, breaker)):
            pass
        wake.clear()


def run_step(app: Flask, step: Step) -> bool:
    """Run `step` once, then let all other greenlets run. Return whether it has more to do."""
    try:
        with app.app_context():
            more = step()
    except Unavailable as error:
        if _name(step) not in _waiting:
            _log.warning("%s waits: %s", _name(step), error)
            _waiting.add(_name(step))
        return False
    except SQLAlchemyError:
        _log.exception("%s failed and is tried again", _name(step))
        return False
    _waiting.discard(_name(step))
    yield_to_others()
    return more


def _name(step: Step) -> str:
    return step.func.__name__ if isinstance(step, partial) else step.__name__
