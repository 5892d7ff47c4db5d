"""`Client.push` sends again only what is safe to send again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from notifier.client import Client, NotConnected, NotReached, RefusedByServer
from tests.servers.port import Port
from tests.unit.scripted_server import ScriptedServer, serving

CREATED = b'HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 28\r\n\r\n{"id": "1", "recipients": 1}'
SENT = {"id": "1", "recipients": 1}
LOST = b"HTTP/1.1 2"


def busy(status: int, *, retry_after: str | None = "0", code: str = "busy") -> bytes:
    body = f'{{"status": {status}, "code": "{code}", "detail": "Later."}}'
    header = f"Retry-After: {retry_after}\r\n" if retry_after else ""
    return f"HTTP/1.1 {status} Later\r\n{header}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.fixture(autouse=True)
def _waits() -> Iterator[list[float]]:
    waits: list[float] = []
    with patch("notifier.client.time.sleep", waits.append):
        yield waits


def push(server: ScriptedServer, key: str | None = None) -> object:
    with Client(server.url.partition("/stream")[0], "a key") as client:
        return client.push("all", "hello", idempotency_key=key)


@pytest.mark.parametrize("status", [429, 503])
def test_busy_server_is_tried_again_when_it_says_when(status: int, _waits: list[float]) -> None:
    with serving(busy(status, retry_after="2"), CREATED) as server:
        assert push(server) == SENT

    assert _waits == [2.0]


@pytest.mark.parametrize("answer", [busy(503, retry_after=None), busy(503, retry_after="60"), busy(500), busy(409)], ids=ascii)
def test_other_refusals_are_raised_at_once(answer: bytes, _waits: list[float]) -> None:
    with serving(answer) as server, pytest.raises(RefusedByServer):
        push(server)

    assert _waits == []


def test_busy_server_is_given_up_after_three_attempts() -> None:
    with serving(busy(503), busy(503), busy(503)) as server, pytest.raises(RefusedByServer, match="Later"):
        push(server)

    assert len(server.requests) == 3


def test_lost_answer_is_not_tried_again_without_a_key() -> None:
    with serving(LOST) as server, pytest.raises(NotReached):
        push(server)

    assert len(server.requests) == 1


def test_lost_answer_is_tried_again_with_the_same_key() -> None:
    with serving(LOST, busy(409, code="still_running"), CREATED) as server:
        assert push(server, "order-7") == SENT

    keys = [re.search(rb"idempotency-key: (.*)\r", request, re.IGNORECASE) for request in server.requests]
    assert [key and key[1] for key in keys] == [b"order-7"] * 3


def test_refused_connection_is_tried_again(_waits: list[float]) -> None:
    free = Port()
    with Client(f"http://127.0.0.1:{free.number}", "a key") as client, pytest.raises(NotConnected):
        client.push("all", "hello")
    free.release()

    assert len(_waits) == 2
