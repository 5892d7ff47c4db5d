"""Connections are accepted at once and begun a few at a time."""

from __future__ import annotations

import socket as sockets
from collections import Counter
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from gevent import socket
from gevent.event import Event
from gevent.pool import Pool

from notifier.realtime.acceptor import Acceptor
from tests.unit.realtime.greenlets import until

CROWD = 35
AT_ONCE = 10
PLACES = 15


@pytest.fixture
def clients() -> Iterator[list[sockets.socket]]:
    opened: list[sockets.socket] = []
    yield opened
    for client in opened:
        client.close()


@pytest.fixture
def begun() -> list[tuple[Any, float]]:
    """The address of each client that is served, and the turn of the loop in which that began."""
    return []


@pytest.fixture
def acceptor(clients: list[sockets.socket], begun: list[tuple[Any, float]]) -> Iterator[Acceptor]:
    """With a crowd that has connected before it starts."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(CROWD)
    for _ in range(CROWD):
        clients.append(sockets.create_connection(listener.getsockname()))

    def serve(_: socket.socket, address: Any) -> None:
        listener.getsockname()  # as gunicorn does
        begun.append((address, gevent.get_hub().loop.now()))

    acceptor = Acceptor(listener, serve, spawn=Pool(2 * CROWD))
    acceptor.start()
    yield acceptor
    acceptor.stop()


def test_a_crowd_is_served_in_order_and_a_few_in_each_turn(
    acceptor: Acceptor, clients: list[sockets.socket], begun: list[tuple[Any, float]]
) -> None:
    until(lambda: len(begun) == CROWD)

    assert [address for address, _ in begun] == [client.getsockname() for client in clients]
    assert max(Counter(turn for _, turn in begun).values()) <= AT_ONCE


def test_all_that_were_accepted_are_served_after_the_end_of_accepting(acceptor: Acceptor, begun: list[tuple[Any, float]]) -> None:
    until(lambda: begun)

    acceptor.close()

    until(lambda: len(begun) == CROWD)


def test_no_more_are_accepted_than_there_are_places(clients: list[sockets.socket]) -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(CROWD)
    for _ in range(CROWD):
        clients.append(sockets.create_connection(listener.getsockname()))
    served, end = list[Any](), Event()

    def serve(_: socket.socket, address: Any) -> None:
        served.append(address)
        end.wait()

    acceptor = Acceptor(listener, serve, spawn=Pool(PLACES))
    acceptor.start()
    until(lambda: len(served) == PLACES)
    acceptor.close()
    end.set()

    assert len(served) == PLACES
