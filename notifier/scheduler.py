"""Work that no request waits for, done by every process a little: each step takes its decision in the database, so any number may try.

A step is bounded and says whether there may be more. One that the database refuses is tried again in the next round.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from notifier.errors import Unavailable
from notifier.realtime.stream_server import supervise
from notifier.realtime.yielding import yield_to_others
from notifier.services.hints import scheduler_wake
from notifier.services.maintenance import statistics
from notifier.services.messages import fanout, retention
from notifier.services.sessions import retention as session_retention
from notifier.services.streams import presence

Step = Callable[[], bool]

_log = logging.getLogger("notifier.scheduler")
_ROUND_SECONDS = 1.0
_OFTEN: tuple[Step, ...] = (fanout.step, retention.end_step, session_retention.stall_step)
_SELDOM_SECONDS = 60.0
_SELDOM: tuple[Step, ...] = (
    retention.retire_step,
    retention.trim_step,
    retention.sweep_step,
    retention.purge_step,
    presence.forget_step,
    statistics.forget_step,
    session_retention.purge_step,
)


def start(app: Flask) -> None:
    """Begins the work in this process, for ever."""
    supervise(lambda: _run(app))
    supervise(lambda: _tell(app))


def stop(app: Flask) -> None:
    """This process is about to go."""
    more_after(app, presence.say_goodbye)


def _run(app: Flask) -> None:
    with app.app_context():
        wake = scheduler_wake()
    next_seldom = time.monotonic() + _SELDOM_SECONDS
    while True:
        wake.wait(_ROUND_SECONDS)
        wake.clear()
        steps = _OFTEN
        if time.monotonic() >= next_seldom:
            next_seldom = time.monotonic() + _SELDOM_SECONDS
            steps = _OFTEN + _SELDOM
        while steps:
            steps = tuple(step for step in steps if more_after(app, step))


def _tell(app: Flask) -> None:
    """Apart from the other work: an admin who ends a stream does not wait for a large audience."""
    while True:
        time.sleep(_ROUND_SECONDS)
        while more_after(app, presence.step):
            pass
        more_after(app, statistics.step)


def more_after(app: Flask, step: Step) -> bool:
    """Takes `step` once, lets everybody else go first, and says whether it has more to do. Steps take turns: none waits for another."""
    try:
        with app.app_context():
            more = step()
    except Unavailable as trouble:
        _log.warning("%s waits: %s", step.__name__, trouble)
        return False
    except SQLAlchemyError:
        _log.exception("%s failed and is tried again", step.__name__)
        return False
    yield_to_others()
    return more
