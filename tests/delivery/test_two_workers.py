"""Two processes on one database: a message accepted by one reaches the streams of both.

SQLite serves one process, so PostgreSQL only.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from notifier.realtime.session_feed import MIN_INTERVAL_SECONDS
from notifier.services.streams import kill_switch
from tests.api_client import Person
from tests.databases import Databases
from tests.delivery.on_both import named, open_on_both
from tests.servers import Notifier, Redis
from tests.sessions import begin, move
from tests.site import Site, open_site
from tests.sse import Fleet, Stream
from tests.waiting import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

MOST = 200
WATCHING = 20
BY_THE_LOOK = 2.0
BY_HINT = 0.7
NEVER = 3600
SENDS = 10


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


@pytest.fixture(scope="module", params=["look", "hint"])
def within(request: pytest.FixtureRequest) -> float:
    return BY_THE_LOOK if request.param == "look" else BY_HINT


@pytest.fixture(scope="module")
def site(databases: Databases, within: float, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Server that polls and has no bus, or has a bus and never polls: then hints must deliver all."""
    way = {"LOOK_SECONDS": 1} if within == BY_THE_LOOK else {"LOOK_SECONDS": NEVER, "REDIS_URL": redis.url}
    settings = {"STREAM_MAX_PER_USER": MOST, "HEARTBEAT_SECONDS": 0.2, "SEND_RATE": f"{SENDS}/hour"} | way
    with databases.fresh() as url:
        server = Notifier(url, tmp_path_factory.mktemp("two"), args=["--workers", "2"], settings=settings)
        with open_site(server) as site:
            if within == BY_HINT:
                eventually(lambda: server.metric("notifier_bus_up") == 1)
            yield site


def test_message_reaches_streams_of_both_workers(site: Site, within: float, alice: Person, dana: Person) -> None:
    with Fleet() as fleet:
        open_on_both(fleet, alice, MOST)
        sent = dana.send(alice)["id"]
        assert fleet.wait(lambda stream: bool(named(stream, "notification"))) < within
        assert {event.json["id"] for stream in fleet.streams for event in named(stream, "notification")} == {sent}


def test_session_update_reaches_streams_of_both_workers(site: Site, within: float, alice: Person, dana: Person) -> None:
    with Fleet() as fleet, Fleet() as own:
        open_on_both(fleet, alice, MOST)
        id = begin(dana, alice)
        own.open(f"{site.url}/api/sessions/{id}/status/stream", [alice.token] * WATCHING)
        fleet.wait(lambda stream: bool(named(stream, "progress")), timeout=within)
        move(dana, id, progress=45)
        for streams in (fleet, own):
            streams.wait(lambda stream: at_least(stream, 45), timeout=within + MIN_INTERVAL_SECONDS)
        move(dana, id, "processed")
        own.wait(lambda stream: stream.closed, timeout=within)
        assert {stream.events[-1].name for stream in own.streams} == {"complete"}


def at_least(stream: Stream, progress: int) -> bool:
    told = named(stream, "progress")
    return bool(told) and told[-1].json["progress"] >= progress


@pytest.mark.parametrize("within", ["look"], indirect=True)
def test_kill_switch_affects_both_workers(site: Site, within: float, alice: Person) -> None:
    with Fleet() as fleet:
        open_on_both(fleet, alice, MOST)
        try:
            with site.elsewhere():
                kill_switch.set_streams(False)
            fleet.wait(lambda stream: stream.closed, timeout=within + 0.5)
        finally:
            with site.elsewhere():
                kill_switch.set_streams(True)
        assert {stream.events[-1].json["reason"] for stream in fleet.streams} == {"disabled"}


def test_rate_is_counted_across_workers(site: Site, within: float, dana: Person) -> None:
    """Without Redis each worker counts by itself, so up to twice as many requests pass."""
    answers = [send_over_a_connection_of_its_own(site, dana) for _ in range(3 * SENDS)]
    let_through = answers.count(201)
    # A worker that Redis did not answer for a moment has accepted some by its own count.
    assert SENDS <= let_through < 1.5 * SENDS if within == BY_HINT else SENDS <= let_through <= 2 * SENDS
    assert set(answers) == {201, 429}


def send_over_a_connection_of_its_own(site: Site, sender: Person) -> int:
    headers = {"Authorization": f"Bearer {sender.token}"}
    return httpx.post(f"{site.url}/api/notifications", headers=headers, json={"to": sender.address, "title": "again"}).status_code
