"""The client for programs, against a server with scripted answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice

import pytest

from notifier.client import Client, Event, NotReached, RefusedByServer
from tests.servers.port import Port
from tests.unit.scripted_server import STREAM_HEAD, chunk, serving

EPOCH = "5f0c2a91"

Connect = Callable[..., Client]


def events(*blocks: str) -> bytes:
    return STREAM_HEAD + b"".join(chunk(block.encode()) for block in blocks) + b"0\r\n\r\n"


def event(seq: int, **data: object) -> str:
    return f"id: {EPOCH}-{seq}\nevent: notification\ndata: {json.dumps({'seq': seq} | data, ensure_ascii=False)}\n\n"


def answer(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


@pytest.fixture
def client() -> Iterator[Connect]:
    """A client of that server, closed after the test."""
    with ExitStack() as clients:
        yield lambda server, token="a token": clients.enter_context(Client(server.url.partition("/stream")[0], token))


def test_event_has_name_data_and_cursor(client: Connect) -> None:
    with serving(events(event(7, title="Hello"))) as server:
        (first,) = islice(client(server).listen(), 1)

    assert first == Event("notification", {"seq": 7, "title": "Hello"}, f"{EPOCH}-7")


def test_event_without_id_has_no_cursor(client: Connect) -> None:
    with serving(events('event: heartbeat\ndata: {"seq":7}\n\n')) as server:
        (first,) = islice(client(server).listen(), 1)

    assert (first.name, first.id) == ("heartbeat", None)


def test_comments_and_blank_lines_are_skipped(client: Connect) -> None:
    with serving(events(": heartbeat\n\n", "\n\n", "retry: 1000\n\n", event(7))) as server:
        (first,) = islice(client(server).listen(), 1)

    assert first.name == "notification"


@pytest.mark.parametrize("text", ["a\u2028b", "a\u2029b", "a\x85b", "a\x0cb", "a\x1eb", "Déjà vu", "a: b", " a "], ids=ascii)
def test_any_text_is_received_unchanged(client: Connect, text: str) -> None:
    with serving(events(event(7, title=text))) as server:
        (first,) = islice(client(server).listen(), 1)

    assert first.data["title"] == text


def test_event_may_arrive_in_pieces(client: Connect) -> None:
    block = event(7, title="ü" * 20).encode()
    pieces = b"".join(chunk(block[start : start + 3]) for start in range(0, len(block), 3))
    with serving(STREAM_HEAD + pieces + b"0\r\n\r\n") as server:
        (first,) = islice(client(server).listen(), 1)

    assert first.data["title"] == "ü" * 20


def test_listen_reconnects_with_its_cursor_and_a_fresh_token(client: Connect) -> None:
    tokens = iter(["first", "second"])
    with serving(events(event(7), 'event: heartbeat\ndata: {"seq":7}\n\n'), events(event(8))) as server:
        seqs = [event.data["seq"] for event in islice(client(server, lambda: next(tokens)).listen(), 3)]

    assert seqs == [7, 7, 8]
    assert [token in request for token, request in zip((b"first", b"second"), server.requests, strict=True)] == [True, True]
    assert b"last-event-id" not in server.requests[0].lower()
    assert f"\r\nlast-event-id: {EPOCH}-7\r\n".encode() in server.requests[1].lower()


def test_refusal_is_raised_with_its_reason(client: Connect) -> None:
    with serving(answer("401 Unauthorized", '{"status": 401, "detail": "The token has expired.", "code": "token_expired"}')) as server:
        listening = client(server).listen()
        with pytest.raises(RefusedByServer, match=r"The token has expired\.") as refusal:
            next(listening)

    assert refusal.value.problem["code"] == "token_expired"


def test_listen_waits_for_a_busy_server(client: Connect) -> None:
    busy = answer("503 Service Unavailable", '{"status": 503}')
    with serving(events(event(7)), busy, events(event(8))) as server:
        seqs = [event.data["seq"] for event in islice(client(server).listen(), 2)]

    assert seqs == [7, 8]


def test_unreachable_server_is_reported_at_once() -> None:
    port = Port()
    with Client(f"http://127.0.0.1:{port.number}", "a token") as alone:
        with pytest.raises(NotReached):
            next(alone.listen())
        with pytest.raises(NotReached):
            alone.push("all", "hello")
    port.release()


def test_push_returns_the_answer_of_the_server(client: Connect) -> None:
    with serving(answer("201 Created", '{"id": "1", "recipients": 2}')) as server:
        assert client(server).push(["user:alice", "group:staff"], "hello", type="success") == {"id": "1", "recipients": 2}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer("422 Unprocessable", '{"status": 422, "detail": "to: there is no user"}'), "to: there is no user"),
        (answer("502 Bad Gateway", "<html>nginx</html>"), "The server answered 502 Bad Gateway."),
        (answer("500 Internal", "[]"), "refused"),
        (answer("200 OK", "not json"), "The server answered 200 OK."),
    ],
    ids=["problem", "page", "list", "nonsense"],
)
def test_refused_push_raises_the_reason(client: Connect, given: bytes, reason: str) -> None:
    with serving(given) as server, pytest.raises(RefusedByServer) as refusal:
        client(server).push("all", "hello")

    assert str(refusal.value) == reason
