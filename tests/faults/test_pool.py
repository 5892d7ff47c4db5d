"""An open stream holds no database connection, so a small pool serves all clients."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.api_client import STREAM_PATH, Person
from tests.site import Site
from tests.sse import Fleet

STREAMS = 50
PROMPT = 1.0


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"DB_POOL_SIZE": 5, "STREAM_MAX_PER_USER": STREAMS}


def test_streams_hold_no_database_connections(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    with Fleet() as fleet:
        fleet.open(site.url + STREAM_PATH, [alice.token] * STREAMS)
        fleet.wait(lambda stream: len(stream.events) == 1)
        for _ in range(10):
            prompt(bob, "GET", "/readyz", 200)
            prompt(bob, "GET", "/api/notifications", 200)
            prompt(dana, "POST", "/api/notifications", 201, json={"to": [alice.address, bob.address], "title": "Hello"})
        fleet.wait(lambda stream: len(stream.events) == 11)


def prompt(person: Person, method: str, path: str, status: int, **kwargs: object) -> None:
    start = time.monotonic()
    answer: httpx.Response = person.request(method, path, **kwargs)
    assert (answer.status_code, time.monotonic() - start < PROMPT) == (status, True), f"{method} {path}: {answer.text}"
