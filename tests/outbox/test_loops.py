"""The loops of the outbox with a queue that notes what is asked of it."""

from __future__ import annotations

import gevent
import pytest
from flask import Flask
from gevent.event import Event

from notifier.scheduler import run_step
from notifier.services.outbox.loops import Loops, _Sending


class Noted:
    """A queue in which two deliveries are always due. `failure`: what sending raises."""

    name = "email"

    def __init__(self) -> None:
        self.claims: list[int] = []
        self.sent: list[str] = []
        self.failure: Exception | None = None
        self.answer = Event()
        self.answer.set()

    def is_due(self) -> bool:
        return True

    def claim(self, most: int) -> tuple[list[str], bool]:
        self.claims.append(most)
        return ["one", "two"][:most], True

    def send(self, claimed: str) -> None:
        self.answer.wait()
        if self.failure is not None:
            raise self.failure
        self.sent.append(claimed)


@pytest.fixture
def loops(app: Flask) -> Loops:
    return Loops(app, run_step)


def test_nothing_is_claimed_once_the_process_stops(loops: Loops) -> None:
    queue = Noted()
    sending = _Sending(queue, 1)
    queue.answer.clear()
    assert loops._claim(sending)
    waiting = gevent.spawn(loops._claim, sending)
    gevent.idle()
    loops.stop(0)
    queue.answer.set()

    assert waiting.get() is False and queue.claims == [1]


def test_a_fault_over_one_delivery_is_logged_and_stops_no_other(loops: Loops, caplog: pytest.LogCaptureFixture) -> None:
    queue = Noted()
    sending = _Sending(queue, 2)
    queue.failure = KeyError("title")
    loops._claim(sending)
    sending.senders.join()
    queue.failure = None
    loops._claim(sending)
    sending.senders.join()

    assert queue.sent == ["one", "two"]
    assert [record.exc_info is not None for record in caplog.records if "on email failed" in record.message] == [True, True]
