"""Admins list and close streams that other processes hold.

Two workers, so PostgreSQL only.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Row

from notifier.services.messages import delivery_trace
from notifier.services.messages import reports as messages
from notifier.services.streams import connections
from tests.api_client import STREAM_PATH
from tests.conftest import Serve
from tests.databases import Databases
from tests.delivery.on_both import named, open_on_both
from tests.sse import Fleet, Stream
from tests.waiting import eventually

pytestmark = pytest.mark.postgres

ENDED_WITHIN_SECONDS = 2.0
MOST = 200


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    return postgres_databases


def test_streams_of_both_workers_are_listed_and_can_be_ended(serve: Serve) -> None:
    site = serve("--workers", "2", STREAM_MAX_PER_USER=MOST, HEARTBEAT_SECONDS=0.2)
    alice, dana = site.person("alice"), site.person("dana", "sender")
    with Fleet() as fleet, site.elsewhere():
        open_on_both(fleet, alice, MOST)
        found = eventually(lambda: listed(len(fleet.streams)))
        assert len({row.pid for row in found}) == 2
        sent = dana.send(alice)["id"]
        fleet.wait(lambda stream: bool(named(stream, "notification")))
        assert delivery_trace.of(messages.get(sent, None), alice.name).streams == len(fleet.streams)

        one_of_each = {row.pid: row.id for row in found}.values()
        for visit in one_of_each:
            connections.end(visit)
        asked_at = time.monotonic()
        gone = eventually(lambda: ended(fleet, 2), within=10)

        assert time.monotonic() - asked_at < ENDED_WITHIN_SECONDS
        assert named(gone[0], "bye")[0].json["reason"] == "rotated"
        assert eventually(lambda: listed(len(fleet.streams) - 2)), "the other streams stay open"


def test_stopped_server_removes_its_streams_from_the_list(serve: Serve) -> None:
    """A stopped server closes its streams, so none of them is listed as connected."""
    site = serve(STREAM_MAX_PER_USER=MOST)
    alice = site.person("alice")
    with Fleet() as fleet, site.elsewhere():
        fleet.open(alice.api.url + STREAM_PATH, [alice.token] * 5)
        eventually(lambda: listed(5))
        site.server.terminate()

        assert connections.listing(limit=MOST).count == 0


def ended(fleet: Fleet, count: int) -> list[Stream]:
    """The streams that have received `bye`, once there are `count`."""
    fleet.read_for(0.05)
    found = [stream for stream in fleet.streams if named(stream, "bye")]
    return found if len(found) == count else []


def listed(count: int) -> Sequence[Row[Any]]:
    """The open streams, once there are `count`."""
    found = connections.listing(limit=MOST)
    return found.rows if found.count == count else []
