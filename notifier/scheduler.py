"""Background work in every process, as a list of steps.

Each step decides in the database, so any number of processes may run it.
A step is bounded and returns whether there may be more to do. A step that fails is tried again in the next round.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from notifier.database import pool_metrics
from notifier.errors import Unavailable
from notifier.realtime.stream_server import supervise
from notifier.realtime.yielding import until_next_round, yield_to_others
from notifier.services.hints import scheduler_wake
from notifier.services.inbox import snooze
from notifier.services.maintenance import statistics
from notifier.services.messages import audience_chunks, retention
from notifier.services.outbox import loops
from notifier.services.outbox import retention as outbox_retention
from notifier.services.preferences import attention, pauses
from notifier.services.sessions import retention as session_retention
from notifier.services.streams import presence

Step = Callable[[], bool]

# Steps that wait for the database: each is logged once, not every second.
_waiting: set[str] = set()

_log = logging.getLogger("notifier.scheduler")
_ROUND_SECONDS = 1.0
_SHORT_SECONDS = 0.0005
_EVERY_ROUND: tuple[Step, ...] = (
    audience_chunks.step,
    audience_chunks.report_step,
    snooze.wake_step,
    attention.roll_step,
    pauses.end_step,
    retention.end_step,
    session_retention.stall_step,
)
_MINUTE_SECONDS = 60.0
_EVERY_MINUTE: tuple[Step, ...] = (
    retention.retire_step,
    retention.trim_step,
    retention.sweep_step,
    retention.purge_step,
    presence.purge_step,
    statistics.purge_step,
    session_retention.purge_step,
    outbox_retention.purge_step,
)
# A deploy waits for a mail that is being sent, but not for a mail server that hangs.
_OUTBOX_STOP_SECONDS = 1.5


def start(app: Flask) -> None:
    """Start the background work of this process."""
    supervise(lambda: _run(app))
    supervise(lambda: _run_presence(app))
    start_outbox(app, app.config["OUTBOX_SENDERS"])


def start_outbox(app: Flask, senders: int) -> None:
    """Start planning and sending on the channels that are configured."""
    loops.start(app, run_step, senders)


def stop_outbox(app: Flask) -> None:
    """Claim nothing more, and wait for what is being sent."""
    loops.stop(app, _OUTBOX_STOP_SECONDS)


def stop(app: Flask) -> None:
    """Finish what is being sent, and record that the streams of this process have ended.

    Called before it exits.
    """
    stop_outbox(app)
    run_step(app, presence.end_process)


def _run(app: Flask) -> None:
    with app.app_context():
        wake = scheduler_wake()
    next_minute = time.monotonic() + _MINUTE_SECONDS
    while True:
        wake.wait(until_next_round(_ROUND_SECONDS))
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
        time.sleep(until_next_round(_ROUND_SECONDS))
        while run_step(app, presence.step):
            pass
        run_step(app, statistics.step)
        run_step(app, pool_metrics.report_pool)


def run_step(app: Flask, step: Step, name: str = "") -> bool:
    """Run `step` once, then let all other greenlets run, unless it took less time than that would.

    Return whether it has more to do. `name`: for the log, where it is not that of the function.
    """
    name = name or _name(step)
    began_at = time.monotonic()
    try:
        with app.app_context():
            more = step()
    except Unavailable as error:
        if name not in _waiting:
            _log.warning("%s waits: %s", name, error)
            _waiting.add(name)
        return False
    except SQLAlchemyError:
        _log.exception("%s failed and is tried again", name)
        return False
    _waiting.discard(name)
    if more or time.monotonic() > began_at + _SHORT_SECONDS:
        yield_to_others()
    return more


def _name(step: Step) -> str:
    return step.func.__name__ if isinstance(step, partial) else step.__name__
