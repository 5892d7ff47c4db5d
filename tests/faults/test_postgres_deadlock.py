"""Deadlock of two transactions: PostgreSQL aborts the send's, and its retry succeeds."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from notifier.services.accounts import users
from tests.api_client import Person
from tests.databases import Databases
from tests.site import Site
from tests.waiting import eventually

pytestmark = pytest.mark.postgres

LOCK = "SELECT 1 FROM inboxes WHERE user_id = %s FOR UPDATE"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


@pytest.fixture
def other(site: Site) -> Iterator[psycopg.Connection[tuple[int]]]:
    """A competing transaction with a deadlock timeout so long that it is never the one aborted."""
    with psycopg.connect(site.server.database_url.replace("+psycopg", ""), row_factory=psycopg.rows.tuple_row) as connection:
        connection.execute("SET deadlock_timeout = '30s'")
        connection.commit()
        yield connection


def crossed(site: Site, other: psycopg.Connection[tuple[int]], sender: Person, people: list[Person]) -> int:
    """Status of a send to `people` whose locks `other` takes in the opposite order."""
    with site.elsewhere():
        first, *_, last = sorted(users.by_name(person.name).id for person in people)
    answers: list[int] = []
    body = {"to": [person.address for person in people], "title": "crossed"}
    send = threading.Thread(target=lambda: answers.append(sender.post("/api/notifications", json=body).status_code))
    other.execute(LOCK, [last])
    send.start()
    with psycopg.connect(site.server.database_url.replace("+psycopg", ""), autocommit=True) as watching:
        eventually(lambda: watching.execute(WAITING).fetchone() == (1,))
    other.execute(LOCK, [first])  # granted when the send's transaction has been rolled back
    other.rollback()
    send.join()
    return answers[0]


def test_send_that_lost_a_deadlock_is_retried_once(
    site: Site, other: psycopg.Connection[tuple[int]], alice: Person, bob: Person, dana: Person
) -> None:
    streams = [alice.connected(), bob.connected()]
    assert crossed(site, other, dana, [alice, bob]) == 201
    for stream in streams:
        assert stream.until("notification").json["seq"] == 1
    for person in (alice, bob):
        assert [item["title"] for item in person.get("/api/notifications").json()] == ["crossed"]
    assert "deadlock" not in site.server.log()
