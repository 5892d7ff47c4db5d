"""Another process holds SQLite's write lock: streams go on, a send waits for it or gets 503."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise

import pytest

from tests.api_client import Person
from tests.databases import Databases
from tests.site import Site

HEARTBEAT = 0.2


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": HEARTBEAT}


@contextmanager
def locked(site: Site) -> Iterator[None]:
    file = site.server.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_lock_held_by_another_process_stops_no_stream(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    stream, inbox = alice.connected(), bob.inbox()
    statuses: list[int] = []

    def send() -> None:
        answer = dana.post("/api/notifications", json={"to": bob.address, "title": "Hello"})
        statuses.append(answer.status_code)

    senders = [threading.Thread(target=send) for _ in range(3)]
    with locked(site):
        for sender in senders:
            sender.start()
        stream.read_for(3.0)
    for sender in senders:
        sender.join()
    beats = [event.at for event in stream.events if event.name == "heartbeat"]
    assert len(beats) >= 8 and max(later - earlier for earlier, later in pairwise(beats)) < 5 * HEARTBEAT
    assert set(statuses) <= {201, 503}
    inbox.follow(lambda inbox: inbox.agrees())
    assert len(inbox.state()) == statuses.count(201)
