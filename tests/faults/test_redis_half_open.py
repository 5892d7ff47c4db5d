"""The network to Redis is lost silently: packets are dropped, and no connection is closed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from notifier.services.messages import send
from notifier.services.messages.send import Draft
from tests.api_client import Person
from tests.databases import Databases
from tests.servers import Redis
from tests.servers.wire import Wire
from tests.site import Site
from tests.waiting import eventually

pytestmark = pytest.mark.redis

NOTICED = 2.5
BY_THE_LOOK = 2.0
FIRST = 1.0
PROMPT = 0.5
BACK = 10.0


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def wire(redis: Redis) -> Iterator[Wire]:
    with Wire(redis.port) as wire:
        yield wire


@pytest.fixture(scope="module")
def settings(wire: Wire) -> dict[str, object]:
    return {"REDIS_URL": f"redis://127.0.0.1:{wire.port}/0", "SEND_RATE": "100000/minute"}


def up(site: Site) -> bool:
    return site.server.metric("notifier_bus_up") == 1


def test_half_open_redis_is_noticed_without_delays(site: Site, wire: Wire, alice: Person, dana: Person) -> None:
    eventually(lambda: up(site))
    stream = alice.connected()
    wire.lose()
    try:
        start = time.monotonic()
        sent = [dana.send(alice)["id"]]
        assert time.monotonic() - start < FIRST
        eventually(lambda: not up(site), within=NOTICED)
        for _ in range(10):
            start = time.monotonic()
            sent.append(dana.send(alice)["id"])
            assert time.monotonic() - start < PROMPT
        with site.elsewhere():
            sent.append(send.send(Draft(to=alice.address, title="from elsewhere")).id)
        assert [stream.until("notification", BY_THE_LOOK).json["id"] for _ in sent] == sent
    finally:
        wire.mend()
    eventually(lambda: up(site), within=BACK)
