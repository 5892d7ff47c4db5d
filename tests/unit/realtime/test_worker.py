"""The wait of the gunicorn worker for the next request on a keep-alive connection."""

from __future__ import annotations

import gevent
from gevent.event import Event

from notifier.realtime.worker import _Idle

LONG = 60.0


def test_a_wait_that_is_ended_ends_at_once_without_an_error() -> None:
    idle, waiting = set[_Idle](), Event()

    def wait() -> str:
        with _Idle(LONG, idle):
            waiting.set()
            Event().wait()
        return "ended"

    greenlet = gevent.spawn(wait)
    waiting.wait()
    (only,) = idle
    only.end()
    assert greenlet.get(timeout=LONG / 2) == "ended"
    assert not idle


def test_a_request_that_arrived_just_before_the_end_is_served() -> None:
    idle, waiting, request = set[_Idle](), Event(), Event()

    def wait() -> str:
        with _Idle(LONG, idle):
            waiting.set()
            request.wait()
        gevent.sleep(0)
        gevent.sleep(0)
        return "served"

    greenlet = gevent.spawn(wait)
    waiting.wait()
    (only,) = idle
    request.set()
    only.end()
    assert greenlet.get(timeout=LONG / 2) == "served"
