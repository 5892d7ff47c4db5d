"""A connection sends what the socket accepts at once and keeps the rest in a bounded backlog."""

from __future__ import annotations

import _socket

import pytest

from notifier.realtime.hub import Hub
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import settle, until

KIB = 1024


def test_bytes_are_sent_at_once(view: View) -> None:
    alice = view()

    alice.connection.write(b"hello\n")

    assert alice.lines == ["hello"]


def test_each_write_is_one_chunk(view: View) -> None:
    alice = view(chunked=True)

    alice.connection.write(b"x" * 26)

    alice.read()
    assert alice.received == b"1a\r\n" + b"x" * 26 + b"\r\n"


def test_the_head_of_the_response_goes_out_with_what_is_sent_first(view: View) -> None:
    alice = view(chunked=True, head=b"HTTP/1.1 200 OK\r\n\r\n", first=b"hello\n")
    before = alice.lines

    alice.connection.write(b"x")
    alice.connection.write(b"y")

    assert before == []
    assert alice.lines == ["HTTP/1.1 200 OK", "", "6", "hello", "", "1", "x", "1", "y"]


@pytest.mark.parametrize(("chunked", "end"), [(True, ["0", ""]), (False, [])])
def test_a_stream_that_ends_before_its_first_event_is_a_response(view: View, hub: Hub, chunked: bool, end: list[str]) -> None:
    alice = view(chunked=chunked, head=b"HTTP/1.1 200 OK\r\n\r\n")

    hub.end(alice.connection, "shutdown")

    assert alice.ended
    assert alice.lines == ["HTTP/1.1 200 OK", "", *end]


def test_bytes_that_the_socket_does_not_accept_are_sent_later(view: View) -> None:
    alice = view()
    written = alice.fill()
    alice.connection.write(b"the end")

    until(lambda: alice.read() and len(alice.received) == written + 7)

    assert alice.received == b"x" * written + b"the end"
    assert alice.connection.backlog is None


def test_a_slow_client_is_closed_when_its_backlog_is_full(view: View, hub: Hub) -> None:
    alice = view()
    alice.fill()

    while alice.connection.socket is not None and alice.waiting <= hub.backlog_bytes:
        alice.connection.write(b"x" * KIB)

    assert alice.connection.socket is None
    assert hub.topics == {}


def test_a_backlog_of_exactly_the_bound_does_not_close(view: View, hub: Hub) -> None:
    alice = view()
    alice.fill()

    alice.connection.write(b"x" * (hub.backlog_bytes - alice.waiting))

    assert alice.connection.socket is not None


def test_a_slow_client_does_not_delay_other_clients(view: View) -> None:
    alice, bob = view(1), view(2)
    alice.fill()

    bob.connection.write(b"hello\n")

    assert bob.lines == ["hello"]


def test_nothing_is_written_after_close(view: View) -> None:
    alice = view()
    alice.connection.close("slow")

    alice.connection.write(b"more")
    alice.connection.flush()
    alice.connection.read()

    assert alice.ended
    assert alice.received == b""


def test_closing_twice_counts_once(view: View, hub: Hub) -> None:
    alice, _bob = view(1), view(2)

    alice.connection.close("gone")
    alice.connection.close("slow")

    assert hub.count == 1


def test_a_disconnect_is_noticed_at_once(view: View, hub: Hub) -> None:
    alice = view()

    alice.socket.close()

    until(lambda: hub.count == 0)


def test_a_disconnect_with_a_backlog_is_noticed_at_once(view: View, hub: Hub) -> None:
    alice = view()
    alice.fill()

    alice.socket.close()

    until(lambda: hub.count == 0)


def test_a_write_to_a_disconnected_client_closes(view: View, hub: Hub) -> None:
    alice = view()
    alice.socket.close()

    alice.connection.write(b"hello")

    assert hub.count == 0


def test_bytes_from_a_client_are_discarded(view: View) -> None:
    alice = view()

    alice.socket.send(b"GET / HTTP/1.1\r\n\r\n" * 100)
    settle()

    assert alice.connection.socket is not None
    assert alice.lines == []


@pytest.mark.parametrize(("chunked", "expected"), [(True, b"4\r\nbye\n\r\n0\r\n\r\n"), (False, b"bye\n")])
def test_end_sends_the_farewell_and_ends_the_response(view: View, chunked: bool, expected: bytes) -> None:
    alice = view(chunked=chunked)
    alice.connection.opening = None

    alice.connection.end(b"bye\n", "shutdown")

    assert alice.ended
    assert alice.received == expected


def test_a_stream_without_its_first_event_ends_without_farewell(view: View) -> None:
    alice = view(chunked=True)

    alice.connection.end(b"bye\n", "shutdown")

    assert alice.ended
    assert alice.received == b"0\r\n\r\n"


def test_an_end_does_not_wait_for_a_slow_client(view: View) -> None:
    alice = view()
    alice.connection.opening = None
    alice.fill()

    alice.connection.end(b"bye\n", "shutdown")

    assert alice.ended
    assert b"bye" not in alice.received


def test_socket_of_an_ended_stream_is_given_back(hub: Hub, view: View) -> None:
    alice, returned = view(chunked=True, reusable=True), returned_by(hub)

    alice.connection.end(b"", "finished")

    (socket,) = returned
    socket.send(b"next")
    alice.read()
    assert alice.received == b"0\r\n\r\nnext"
    socket.close()


@pytest.mark.parametrize("reason", ["unframed", "close asked for", "bytes from the client", "backlog", "draining"])
def test_socket_is_closed_where_it_cannot_be_reused(hub: Hub, view: View, reason: str) -> None:
    alice = view(chunked=reason != "unframed", reusable=reason not in ("unframed", "close asked for"))
    returned = returned_by(hub)
    if reason == "bytes from the client":
        alice.socket.send(b"GET / HTTP/1.1")
        settle()
    if reason == "backlog":
        alice.fill()
    hub.draining = reason == "draining"

    alice.connection.end(b"", "finished")

    assert returned == []
    assert alice.ended


def returned_by(hub: Hub) -> list[_socket.socket]:
    returned: list[_socket.socket] = []
    hub.serve_again = returned.append
    return returned
