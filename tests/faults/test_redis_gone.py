"""Redis dies, freezes, disconnects or is full: no request waits, and streams are polled for.

Hints are fast again afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import pytest

from notifier.services.messages import send as messages
from notifier.services.messages.send import Draft
from tests.api_client import Person
from tests.databases import Databases
from tests.servers import Redis
from tests.site import Site
from tests.sse import Stream
from tests.waiting import eventually

pytestmark = pytest.mark.redis

NOTICED = 2.0
BY_THE_LOOK = 2.0
BACK = 3.0
# A request does one round trip for its rate limit; the rest is a margin for slow machines.
PROMPT = 0.3
# The first request to a hung Redis may wait for the time-out, once.
FIRST = 1.0


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def victim(redis: Redis) -> Iterator[Redis]:
    """A Redis to damage.

    Depends on the shared one only to be skipped with it where Redis is missing.
    """
    with Redis() as victim:
        yield victim


@pytest.fixture(scope="module")
def settings(victim: Redis) -> dict[str, object]:
    return {"REDIS_URL": victim.url, "SEND_RATE": "100000/minute"}


@pytest.fixture(autouse=True)
def _up(site: Site) -> None:
    assert_up(site, 1)


@pytest.fixture
def stream(alice: Person) -> Stream:
    return alice.connected()


def assert_up(site: Site, up: int, within: float = BACK) -> None:
    eventually(lambda: site.server.metric("notifier_bus_up") == up, within=within, why=site.server.tail)


@contextmanager
def gone(victim: Redis, how: str) -> Iterator[None]:
    away, back = {"killed": (victim.kill, victim.start), "frozen": (victim.freeze, victim.thaw)}[how]
    away()
    try:
        yield
    finally:
        back()


def arrives(stream: Stream, send: Callable[[], str], within: float) -> None:
    """Assert that a message arrives in time. `send` sends it and returns its id."""
    id_ = send()
    assert stream.until(lambda event: event.name == "notification" and event.json["id"] == id_, timeout=within)


def timed_send(sender: Person, to: Person) -> tuple[str, float]:
    start = time.monotonic()
    return sender.send(to)["id"], time.monotonic() - start


def send_elsewhere(site: Site, to: Person) -> str:
    with site.elsewhere():
        return messages.send(Draft(to=to.address, title="from elsewhere")).id


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_loss_and_return_of_redis_are_noticed(site: Site, victim: Redis, how: str) -> None:
    with gone(victim, how):
        assert_up(site, 0, within=NOTICED)
        assert site.api.get("/readyz").json()["checks"]["bus"].startswith("down")
        assert site.api.get("/readyz").status_code == 200
    assert_up(site, 1)


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_nothing_is_lost_or_delayed_without_redis(site: Site, victim: Redis, alice: Person, dana: Person, stream: Stream, how: str) -> None:
    with gone(victim, how):
        sent = [timed_send(dana, alice) for _ in range(3)]
        assert max(seconds for _, seconds in sent) < FIRST
        assert_up(site, 0, within=NOTICED)
        arrives(stream, lambda: send_elsewhere(site, alice), BY_THE_LOOK)
        later = [timed_send(dana, alice) for _ in range(20)]
        assert median(seconds for _, seconds in later) < PROMPT, later
        assert max(seconds for _, seconds in later) < FIRST, later
        for id_, _ in later:
            assert stream.until("notification", timeout=BY_THE_LOOK).json["id"] == id_
    assert_up(site, 1)
    stream.read_for(0.1)
    arrives(stream, lambda: send_elsewhere(site, alice), BY_THE_LOOK)


def test_cut_connections_are_reopened(site: Site, victim: Redis, alice: Person, stream: Stream) -> None:
    for _ in range(3):
        victim.command("CLIENT", "KILL", "TYPE", "pubsub")
        victim.command("CLIENT", "KILL", "TYPE", "normal")
        arrives(stream, lambda: send_elsewhere(site, alice), BY_THE_LOOK)
    assert_up(site, 1)


@pytest.mark.security("S34")
def test_revocation_works_without_redis(site: Site, victim: Redis, alice: Person, stream: Stream) -> None:
    with gone(victim, "frozen"):
        assert alice.post("/api/auth/logout").status_code == 200
        assert stream.until("bye", timeout=5).json["reason"] == "revoked"


@pytest.mark.security("S54")
def test_full_redis_counts_no_rates_and_carries_hints(site: Site, victim: Redis, alice: Person, dana: Person, stream: Stream) -> None:
    victim.command("CONFIG", "SET", "maxmemory", "1")
    try:
        for _ in range(3):
            arrives(stream, lambda: dana.send(alice)["id"], BY_THE_LOOK)
            arrives(stream, lambda: send_elsewhere(site, alice), BY_THE_LOOK)
        assert site.server.metric("notifier_bus_up") == 1
    finally:
        victim.command("CONFIG", "SET", "maxmemory", "0")


@pytest.mark.security("S54")
def test_restricted_redis_is_harmless(site: Site, victim: Redis, alice: Person, dana: Person, stream: Stream) -> None:
    victim.command("ACL", "SETUSER", "default", "resetchannels")
    try:
        victim.command("CLIENT", "KILL", "TYPE", "pubsub")
        assert_up(site, 0, within=NOTICED)
        arrives(stream, lambda: dana.send(alice)["id"], BY_THE_LOOK)
        arrives(stream, lambda: send_elsewhere(site, alice), BY_THE_LOOK)
    finally:
        victim.command("ACL", "SETUSER", "default", "allchannels")
    assert_up(site, 1)


def test_server_starts_without_redis(site: Site, victim: Redis, alice: Person, dana: Person) -> None:
    with gone(victim, "killed"):
        site.server.restart()
        arrives(alice.connected(), lambda: dana.send(alice)["id"], BY_THE_LOOK)
        assert_up(site, 0)
    assert_up(site, 1)
