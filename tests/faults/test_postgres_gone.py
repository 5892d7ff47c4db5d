"""PostgreSQL is frozen or killed: sends get 503 in time, and streams stay open and catch up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import httpx
import pytest

from notifier.services.messages import send
from notifier.services.messages.send import Draft
from tests.api_client import Person, problem
from tests.databases import PostgresDatabases
from tests.servers import Postgres
from tests.site import Site
from tests.sse import Inbox

pytestmark = pytest.mark.postgres

HEARTBEAT = 0.2
SENDERS = 8
FROZEN = 5.0
CAUGHT_UP = 3.0


@pytest.fixture(scope="module")
def cluster(postgres: Postgres) -> Iterator[Postgres]:
    """A cluster to damage.

    Depends on the shared one only to be skipped with it where PostgreSQL is missing.
    """
    with Postgres(fsync=False) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def databases(cluster: Postgres) -> PostgresDatabases:
    return PostgresDatabases(cluster)


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": HEARTBEAT}


@pytest.fixture
def inboxes(alice: Person, bob: Person) -> list[Inbox]:
    inboxes = [alice.inbox(), alice.inbox(), bob.inbox()]
    for inbox in inboxes:
        inbox.follow(lambda inbox: inbox.cursor is not None)
    return inboxes


def assert_all_caught_up(site: Site, inboxes: list[Inbox]) -> None:
    """Assert that all inboxes catch up, over their first connections.

    A message without a hint has to arrive too.
    """
    with site.elsewhere():
        send.send(Draft(to="all", title="back again"))
    for inbox in inboxes:
        inbox.follow(lambda inbox: "back again" in {row[2] for row in inbox.state().values()} and inbox.agrees(), timeout=CAUGHT_UP)
        assert (inbox.connects, inbox.resets) == (1, 0)


def timed_send(sender: Person) -> tuple[httpx.Response, float]:
    start = time.monotonic()
    answer = sender.post("/api/notifications", json={"to": "all", "title": "in vain"})
    return answer, time.monotonic() - start


def test_frozen_database_fails_sends_in_seconds_and_keeps_streams(
    cluster: Postgres, site: Site, dana: Person, inboxes: list[Inbox]
) -> None:
    dana.send("all", title="before")
    start = time.monotonic()
    cluster.freeze()
    try:
        with ThreadPoolExecutor(SENDERS) as threads:
            answers = list(threads.map(timed_send, [dana] * SENDERS))
        inboxes[0].follow(lambda _: time.monotonic() > start + FROZEN)
    finally:
        cluster.thaw()
    for answer, seconds in answers:
        problem(answer, 503)
        assert seconds < 3.5
    assert_all_caught_up(site, inboxes)


def test_restarted_database_keeps_streams(cluster: Postgres, site: Site, dana: Person, inboxes: list[Inbox]) -> None:
    dana.send("all", title="before")
    cluster.kill()
    try:
        answer, seconds = timed_send(dana)
        ready = site.api.get("/readyz")
    finally:
        cluster.start()
    problem(answer, 503)
    assert seconds < 3.5
    assert ready.status_code == 503
    assert_all_caught_up(site, inboxes)
    assert site.api.get("/readyz").status_code == 200


def test_heartbeats_continue_while_the_database_is_frozen(cluster: Postgres, alice: Person) -> None:
    stream = alice.connected()
    cluster.freeze()
    try:
        beats = [event.at for event in stream.read_for(1.5) if event.name == "heartbeat"]
    finally:
        cluster.thaw()
    assert len(beats) >= 4 and max(later - earlier for earlier, later in pairwise(beats)) < 3 * HEARTBEAT
