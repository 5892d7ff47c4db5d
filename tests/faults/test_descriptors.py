"""A process at its limit of descriptors refuses streams and keeps serving pages.

Afterwards it accepts connections again.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.api_client import STREAM_PATH, Person, problem
from tests.databases import Databases
from tests.servers import Executed
from tests.servers.notifier import ROOT
from tests.servers.port import LOOPBACK
from tests.site import Site, open_site
from tests.sse import Fleet, Stream
from tests.waiting import eventually

LIMIT = 250
TOO_MANY = LIMIT
AT_A_TIME = 50
PROMPT = 1.0
NONE_LEFT = "Too many open files"


class Limited(Executed):
    def serving(self) -> list[str]:
        return ["sh", "-c", f'ulimit -n {LIMIT}; exec "$@"', "sh", *super().serving()]


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("limited")
    with databases.fresh() as url, open_site(Limited(url, directory, settings={"STREAM_MAX_PER_USER": TOO_MANY})) as site:
        yield site


def listed_promptly(person: Person) -> bool:
    start = time.monotonic()
    return person.get("/api/notifications").status_code == 200 and time.monotonic() - start < PROMPT


@pytest.mark.security("S44")
def test_streams_without_descriptors_are_refused_and_pages_served(site: Site, alice: Person) -> None:
    run_out = site.server.log().count(NONE_LEFT)
    with Fleet() as fleet:
        # A refused request holds a descriptor too, until it is refused: open the streams in batches.
        for _ in range(0, TOO_MANY, AT_A_TIME):
            for _ in range(AT_A_TIME):
                fleet.add(Stream(site.url + STREAM_PATH, alice.token, wait=None))
            fleet.wait(lambda stream: stream.status is not None and (stream.status == 200 or stream.closed), timeout=20)
        refused = [stream for stream in fleet.streams if stream.status != 200]
        assert 0 < len(refused) < TOO_MANY
        for stream in refused:
            problem(stream, 503, "full")
        assert listed_promptly(alice)
    assert site.server.log().count(NONE_LEFT) == run_out


def test_accepting_resumes_when_descriptors_are_free(site: Site, alice: Person) -> None:
    """The descriptors are used up by connections that never send a request."""
    idle = [socket.create_connection((LOOPBACK, site.server.port)) for _ in range(2 * LIMIT)]
    eventually(lambda: NONE_LEFT in site.server.log())
    for connection in idle:
        connection.close()
    eventually(lambda: listed_promptly(alice), within=10)
    alice.connected()


def test_descriptor_limit_is_raised_to_the_hard_limit() -> None:
    script = (
        "import resource; from notifier.realtime import file_limits; "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1024)); file_limits.allow_all(); "
        "print(resource.getrlimit(resource.RLIMIT_NOFILE), file_limits.room_for_streams())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "(1024, 1024) 874\n", done.stderr
