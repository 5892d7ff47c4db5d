"""Two processes on one database: what one accepts arrives at the streams of both. SQLite serves one process, so PostgreSQL only."""

from __future__ import annotations

import pytest

from tests.conftest import Serve
from tests.databases import Databases
from tests.delivery.on_both import named, open_on_both
from tests.sse import Fleet

pytestmark = pytest.mark.postgres

MOST = 200
WITHIN = 2.0


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


def test_what_one_worker_accepts_arrives_at_the_streams_of_both(serve: Serve) -> None:
    site = serve("--workers", "2", STREAM_MAX_PER_USER=MOST, HEARTBEAT_SECONDS=0.2)
    alice, dana = site.person("alice"), site.person("dana", "sender")
    with Fleet() as fleet:
        open_on_both(fleet, alice, MOST)
        sent = dana.send(alice)["id"]
        assert fleet.wait(lambda stream: bool(named(stream, "notification"))) < WITHIN
        assert {event.json["id"] for stream in fleet.streams for event in named(stream, "notification")} == {sent}
