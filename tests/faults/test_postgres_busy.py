"""PostgreSQL ends connections, rejects writes or is locked: streams go on, nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from notifier.services.accounts import users
from notifier.services.accounts.deletion import delete_user
from tests.api_client import Person, problem
from tests.databases import Databases
from tests.site import Site
from tests.sse import Inbox
from tests.waiting import eventually

pytestmark = pytest.mark.postgres

LOCKED = 1.5
FAILOVERS = 5
# With a timeout, so that it returns when they have ended.
_OTHERS = "datname = current_database() AND pid <> pg_backend_pid()"
END_THEM = f"SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE {_OTHERS}"


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": 0.2}


@pytest.fixture
def inbox(alice: Person) -> Inbox:
    inbox = alice.inbox()
    inbox.follow(lambda inbox: inbox.cursor is not None)
    return inbox


@contextmanager
def beside(site: Site, *, autocommit: bool = True) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A second connection, independent of the server's."""
    with psycopg.connect(site.server.database_url.replace("+psycopg", ""), autocommit=autocommit) as connection:
        yield connection


def wait_for_more(accepted: list[str], *, than: int) -> None:
    eventually(lambda: len(accepted) > than, within=20)


def test_terminated_backends_lose_no_stream_and_no_message(site: Site, alice: Person, dana: Person, inbox: Inbox) -> None:
    accepted: list[str] = []
    statuses: set[int] = set()
    over = threading.Event()

    def send_on() -> None:
        while not over.is_set():
            answer = dana.post("/api/notifications", json={"to": alice.address, "title": str(len(accepted))})
            statuses.add(answer.status_code)
            if answer.status_code == 201:
                accepted.append(answer.json()["id"])

    sender = threading.Thread(target=send_on)
    sender.start()
    with beside(site) as connection:
        for failover in range(FAILOVERS):
            wait_for_more(accepted, than=10 * failover)
            connection.execute(END_THEM)
    over.set()
    sender.join()

    assert statuses <= {201, 503}
    inbox.follow(lambda inbox: inbox.agrees())
    assert set(accepted) <= set(inbox.state())
    assert (inbox.connects, inbox.resets) == (1, 0)


def test_read_only_database_serves_reads_and_refuses_sends(site: Site, alice: Person, dana: Person, inbox: Inbox) -> None:
    sent = dana.send(alice)["id"]
    with beside(site) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        try:
            connection.execute(END_THEM)
            refused = [dana.post("/api/notifications", json={"to": alice.address, "title": "in vain"}) for _ in range(3)]
            listed, ready = alice.get("/api/notifications"), site.api.get("/readyz")
            inbox.follow(lambda inbox: len(inbox.state()) == 1)
        finally:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            connection.execute(END_THEM)
    for answer in refused:  # also on connections that have read before
        problem(answer, 503, "database")
    assert [item["id"] for item in listed.json()] == [sent]
    assert (ready.status_code, "no writes" in ready.json()["checks"]["database"]) == (503, True), ready.text

    dana.send(alice, title="after")
    inbox.follow(lambda inbox: len(inbox.state()) == 2 and inbox.agrees())
    assert site.api.get("/readyz").status_code == 200
    assert (inbox.connects, inbox.resets) == (1, 0)


@pytest.mark.parametrize("table", ["notifications", "inboxes", "messages"])
def test_table_lock_delays_senders_and_ends_no_stream(site: Site, alice: Person, dana: Person, inbox: Inbox, table: str) -> None:
    answers: list[int] = []

    def send() -> None:
        answers.append(dana.post("/api/notifications", json={"to": alice.address, "title": "meanwhile"}).status_code)

    senders = [threading.Thread(target=send) for _ in range(3)]
    with beside(site, autocommit=False) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        start = time.monotonic()
        for sender in senders:
            sender.start()
        assert inbox.stream is not None
        inbox.stream.read_for(LOCKED)
    for sender in senders:
        sender.join()

    assert set(answers) <= {201, 503}
    assert any(event.name == "heartbeat" and event.at > start + LOCKED / 2 for event in inbox.stream.events)
    inbox.follow(lambda inbox: len(inbox.state()) == answers.count(201) and inbox.agrees())
    assert (inbox.connects, inbox.resets) == (1, 0)


def test_deleted_user_loses_streams_and_rows_without_errors(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    stream, other = alice.connected(), bob.connected()
    dana.send([alice.address, bob.address])
    stream.until("notification")
    with site.elsewhere():
        account = users.by_name(alice.name)
        delete_user(account)

    with beside(site) as connection:
        assert connection.execute("SELECT count(*) FROM notifications WHERE user_id = %s", [account.id]).fetchone() == (0,)

    assert stream.until("bye", 3).json["reason"] == "revoked"
    assert stream.wait_closed(1) and stream.ended_cleanly
    problem(alice.stream(), 401)
    problem(alice.get("/api/notifications"), 401)
    other.until("notification")
    sent = dana.send(bob, title="life goes on")["id"]
    assert other.until("notification").json["id"] == sent
    assert "Traceback" not in site.server.log()
