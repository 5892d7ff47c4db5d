"""Another process holds SQLite's write lock: streams and pages go on, a send waits for it or gets 503."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise

import pytest
from sqlalchemy import select

from notifier import database
from notifier.models import ApiKey, Message, Notification
from notifier.services.accounts import api_keys
from tests.api_client import Person
from tests.databases import Databases
from tests.site import Site
from tests.waiting import eventually

HEARTBEAT = 0.2
WAITED_FOR_SECONDS = 5.0


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


def test_pages_links_and_keys_wait_for_no_record(site: Site, alice: Person, dana: Person) -> None:
    """The records follow when the lock is released."""
    sent = dana.send(alice, actions=[{"label": "Go", "url": "https://elsewhere.example/"}])["id"]
    with site.elsewhere():
        key = api_keys.create("a reader", user=alice.name, scopes=("read",))
    cookie = {"headers": {"Cookie": f"access_token_cookie={alice.token}"}, "timeout": WAITED_FOR_SECONDS / 2}

    with locked(site):
        page = site.api.get("/notifications", **cookie)
        link = site.api.get(f"/go/{sent}/0", **cookie)
        listed = site.api.request("GET", "/api/notifications", key, timeout=WAITED_FOR_SECONDS / 2)

    assert (page.status_code, link.status_code, listed.status_code) == (200, 303, 200)
    eventually(lambda: recorded(site, sent, key))


def recorded(site: Site, id: str, key: str) -> bool:
    """Whether the notification was seen and clicked, and the key used."""
    receipts = select(Notification.seen_at, Notification.clicked_at).join(Message).where(Message.public_id == id)
    use = select(ApiKey.last_used_at).where(ApiKey.prefix == key.split("_")[1])
    with site.elsewhere(), database.read() as connection:
        return None not in (*connection.execute(receipts).one(), connection.scalar(use))
