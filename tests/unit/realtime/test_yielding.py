"""Yielding lets every ready greenlet run first, and ends also in a process that is never idle."""

from __future__ import annotations

import time
from collections.abc import Iterator

import gevent
import pytest

from notifier.realtime.yielding import until_next_round, yield_to_others


def test_every_ready_greenlet_runs_first() -> None:
    ran: list[int] = []
    for number in range(200):
        gevent.spawn(ran.append, number)

    yield_to_others()

    assert len(ran) == 200


@pytest.fixture
def never_idle() -> Iterator[None]:
    def spin() -> None:
        while True:
            gevent.sleep(0)

    greenlet = gevent.spawn(spin)
    yield
    greenlet.kill()


def test_yielding_ends_although_the_process_is_never_idle(never_idle: None) -> None:
    with gevent.Timeout(1):
        yield_to_others()


def test_rounds_of_different_greenlets_begin_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def beginning(at: float) -> float:
        monkeypatch.setattr(time, "monotonic", lambda: at)
        return at + until_next_round(1.0)

    assert beginning(100.25) == pytest.approx(beginning(beginning(100.25) - 0.01))
    assert beginning(100.25) - 100.25 <= 1.0
