"""A timeout that many greenlets share, here as the worker waits for requests on keep-alive connections."""

from __future__ import annotations

import gevent
import pytest
from gevent import monkey
from gevent.event import Event

from notifier.realtime.shared_timeout import SharedTimeout

LONG = 60.0


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monkey, "is_module_patched", lambda _: True)


class Client:
    """A greenlet that waits for a request, and serves the one that arrives."""

    def __init__(self, idle: SharedTimeout) -> None:
        self._idle, self._begun, self.arrives = idle, Event(), Event()
        self._greenlet = gevent.spawn(self._serve)
        self._begun.wait()

    def outcome(self) -> str:
        """`served` or `ended`."""
        return str(self._greenlet.get(timeout=LONG / 2))

    def _serve(self) -> str:
        with self._idle:
            self._begun.set()
            self.arrives.wait()
        gevent.sleep(0)
        gevent.sleep(0)
        return "served" if self.arrives.is_set() else "ended"


def test_all_waits_end_at_once_without_an_error() -> None:
    idle = SharedTimeout(LONG)
    clients = [Client(idle), Client(idle)]
    idle.end_all()
    assert [client.outcome() for client in clients] == ["ended", "ended"]


def test_a_request_that_arrived_just_before_the_end_is_served() -> None:
    idle = SharedTimeout(LONG)
    client = Client(idle)
    client.arrives.set()
    idle.end_all()
    assert client.outcome() == "served"


def test_a_wait_that_lasts_too_long_ends() -> None:
    client = Client(SharedTimeout(0.0))
    assert client.outcome() == "ended"


def test_no_timer_is_started_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monkey, "is_module_patched", lambda _: False)
    timeout = SharedTimeout(LONG)
    with timeout:
        assert timeout._timer is None


def test_only_waits_that_last_too_long_end() -> None:
    now = 0.0
    idle = SharedTimeout(2.0, lambda: now)
    older = Client(idle)
    now = 1.0
    younger = Client(idle)
    now = 2.5
    gevent.get_hub().loop.run_callback(idle.end_old)
    assert older.outcome() == "ended"
    younger.arrives.set()
    assert younger.outcome() == "served"


def test_an_error_of_the_request_passes_through() -> None:
    with pytest.raises(ConnectionResetError), SharedTimeout(LONG):
        raise ConnectionResetError


def test_the_timeout_of_another_context_passes_through() -> None:
    outer = SharedTimeout(LONG)

    def wait() -> str:
        with outer:
            with SharedTimeout(LONG):
                Event().wait()
            return "inner"
        return "outer"

    greenlet = gevent.spawn(wait)
    gevent.sleep(0)
    outer.end_all()
    assert greenlet.get(timeout=LONG / 2) == "outer"
