"""Turns of the senders of the outbox."""

from __future__ import annotations

import gevent

from notifier.services.outbox.turns import turn


def test_senders_take_turns_behind_what_is_ready() -> None:
    order: list[str] = []

    def send(name: str) -> None:
        with turn():
            order.append(name)
            gevent.sleep(0)
            order.append(name)

    def arrive(name: str) -> None:
        order.append(name)

    gevent.joinall([gevent.spawn(send, "one"), gevent.spawn(send, "two"), gevent.spawn(arrive, "a stream")], raise_error=True)

    assert order == ["a stream", "one", "one", "two", "two"]


def test_a_sender_that_fails_ends_its_turn() -> None:
    def fail() -> None:
        with turn():
            raise KeyError

    failed = gevent.spawn(fail)
    failed.join()
    assert isinstance(failed.exception, KeyError)
    with turn():
        pass
