"""A hung process: stopped, spinning, without its feed, or with a jumping clock."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest

from notifier.services.messages import send
from notifier.services.messages.send import Draft
from tests.api_client import Person, problem
from tests.databases import Databases
from tests.faults.sabotage import Sabotaged
from tests.site import Site, open_site
from tests.sse import Inbox
from tests.waiting import eventually

TIMEOUT = 3
HEARTBEAT = 0.2
REPLACED_WITHIN = 60.0
HOUR = 3600


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("hung")
    with databases.fresh() as url, open_site(Sabotaged(url, directory, timeout=TIMEOUT, settings={"HEARTBEAT_SECONDS": HEARTBEAT})) as site:
        yield site


@pytest.fixture
def inbox(alice: Person) -> Inbox:
    inbox = alice.inbox()
    inbox.follow(lambda inbox: inbox.cursor is not None)
    return inbox


def send_elsewhere(site: Site, title: str) -> None:
    with site.elsewhere():
        send.send(Draft(to="all", title=title))


def assert_replaced_and_nothing_missed(site: Site, inbox: Inbox, before: list[int]) -> None:
    eventually(lambda: site.server.workers() not in ([], before), within=REPLACED_WITHIN)
    inbox.follow(lambda inbox: len(inbox.state()) == 1 and inbox.agrees(), timeout=REPLACED_WITHIN)
    assert (inbox.connects, inbox.resets) == (2, 0)


def test_briefly_stopped_worker_catches_up(site: Site, inbox: Inbox) -> None:
    (worker,) = site.server.workers()
    os.kill(worker, signal.SIGSTOP)
    send_elsewhere(site, "while it stood still")
    with pytest.raises(TimeoutError):
        inbox.follow(lambda inbox: bool(inbox.state()), timeout=TIMEOUT / 3)
    os.kill(worker, signal.SIGCONT)

    inbox.follow(lambda inbox: len(inbox.state()) == 1)
    assert (site.server.workers(), inbox.connects) == ([worker], 1)


def test_stopped_worker_is_replaced(site: Site, inbox: Inbox) -> None:
    before = site.server.workers()
    os.kill(before[0], signal.SIGSTOP)
    send_elsewhere(site, "while it stood still")
    assert_replaced_and_nothing_missed(site, inbox, before)


def test_spinning_worker_is_replaced(site: Site, inbox: Inbox) -> None:
    before = site.server.workers()
    send_elsewhere(site, "before")
    with pytest.raises(httpx.TransportError):
        site.api.get("/spin")
    assert "WORKER TIMEOUT" in site.server.log()
    assert_replaced_and_nothing_missed(site, inbox, before)


def test_worker_without_feed_is_replaced(site: Site, inbox: Inbox) -> None:
    before = site.server.workers()
    assert isinstance(site.server, Sabotaged)
    site.server.let_the_feed_fail()
    send_elsewhere(site, "before")
    assert_replaced_and_nothing_missed(site, inbox, before)
    assert "Feed.run ended, and with it this process" in site.server.log()


def test_clock_jump_changes_neither_order_nor_heartbeats_nor_lifetimes(site: Site, alice: Person, inbox: Inbox, dana: Person) -> None:
    assert isinstance(site.server, Sabotaged)
    stream = alice.connected()
    try:
        dana.send(alice, title="before")
        for offset, title in ((HOUR, "an hour ahead"), (-HOUR, "an hour behind")):
            site.server.set_clock(offset)
            if offset > 0:  # Only token lifetimes depend on that clock.
                problem(dana.get("/api/notifications"), 401)
            dana.sign_in_again().send(alice, title=title)
            assert [stream.until("heartbeat") for _ in range(3)]
    finally:
        site.server.set_clock(0)
    dana.send(alice, title="after")

    inbox.follow(lambda inbox: len(inbox.state()) == 4 and inbox.agrees())
    stream.until("heartbeat")
    said = [event.json["title"] for event in stream.events if event.name == "notification"]
    assert said == ["before", "an hour ahead", "an hour behind", "after"]
    assert [item["title"] for item in alice.get("/api/notifications").json()] == said[::-1]
    beats = [event.at for event in stream.events if event.name == "heartbeat"]
    assert max(later - earlier for earlier, later in pairwise(beats)) < 10 * HEARTBEAT
    assert (inbox.connects, inbox.resets, stream.closed) == (1, 0, False)
