"""SIGTERM, as at every deploy: each stream ends properly, and the process exits in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.api_client import STREAM_PATH
from tests.databases import Databases
from tests.servers import Served
from tests.site import open_site
from tests.sse import Event, Fleet, Stream

STREAMS = 500
WITHIN = 3.0


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How long the shutdown took, and what the clients received."""

    seconds: float
    streams: list[Stream]
    last_words: list[Event]
    log: str


@pytest.fixture(scope="module")
def shutdown(sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shutdown]:
    settings = {"STREAM_MAX_PER_USER": STREAMS}
    with (
        sqlite_databases.fresh() as url,
        open_site(Served(url, tmp_path_factory.mktemp("shutdown"), settings=settings)) as site,
        Fleet() as fleet,
    ):
        alice = site.person("alice")
        fleet.open(site.url + STREAM_PATH, [alice.token] * STREAMS)
        fleet.wait(lambda stream: len(stream.events) == 1)
        # A kept-alive connection, as browsers leave open.
        assert alice.get("/api/notifications").status_code == 200
        seconds = site.server.terminate()
        fleet.wait(lambda stream: stream.closed)
        yield Shutdown(seconds, fleet.streams, [stream.events[-1] for stream in fleet.streams], site.server.log())


def test_every_stream_gets_bye(shutdown: Shutdown) -> None:
    assert {(event.name, event.json["reason"]) for event in shutdown.last_words} == {("bye", "shutdown")}


def test_every_stream_gets_its_last_chunk(shutdown: Shutdown) -> None:
    assert [stream for stream in shutdown.streams if not stream.ended_cleanly] == []


def test_process_exits_soon(shutdown: Shutdown) -> None:
    assert shutdown.seconds < WITHIN


def test_retry_times_are_spread(shutdown: Shutdown) -> None:
    waits = [event.retry or 0 for event in shutdown.last_words]
    assert waits == [event.json["retry_ms"] for event in shutdown.last_words]
    assert min(waits) >= 100 and max(waits) - min(waits) > 1000


def test_shutdown_logs_no_error(shutdown: Shutdown) -> None:
    assert "Traceback" not in shutdown.log
