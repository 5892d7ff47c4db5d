"""A half-open connection, as after a pulled cable: neither end is notified."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.api_client import STREAM_PATH, Person
from tests.databases import Databases
from tests.servers import Served
from tests.servers.network import Network, missing_requirement
from tests.site import Site, open_site
from tests.sse import Stream
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(missing_requirement() is not None, reason=missing_requirement() or "")

STALE = 2
LATE = 6
PROMPT = 1.0


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"STREAM_STALE_SECONDS": STALE, "HEARTBEAT_SECONDS": 0.2}
    directory = tmp_path_factory.mktemp("cable")
    with databases.fresh() as url, open_site(Served(url, directory, args=("--host", "0.0.0.0"), settings=settings)) as site:
        yield site


def test_client_without_network_is_closed_without_delaying_others(site: Site, alice: Person, bob: Person, dana: Person) -> None:
    healthy = bob.connected()
    with Network() as network:
        far = network.run(lambda: Stream(f"http://{network.here}:{site.server.port}{STREAM_PATH}", alice.token))
        far.until("heartbeat")
        assert site.server.metric("sse_connections_total") == 2

        network.cut()
        for _ in range(20):
            start = time.monotonic()
            sent = dana.send([alice.address, bob.address])["id"]
            arrived = healthy.until("notification")
            assert (arrived.json["id"], arrived.at - start < PROMPT) == (sent, True)
        eventually(lambda: site.server.metric("sse_connections_total") == 1, within=STALE + LATE)
        assert not far.closed
        far.close()
    assert not healthy.closed
