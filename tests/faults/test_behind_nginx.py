"""A real nginx in front of the server: streams through it, and rolling restarts behind it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from tests.api_client import STREAM_PATH, Api, Person
from tests.databases import Databases
from tests.servers import Nginx, NginxMissing, Notifier, Redis
from tests.servers.notifier import ROOT
from tests.site import Site
from tests.sse import Fleet, Stream
from tests.waiting import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

AT_ONCE = 0.7
KEEPALIVE = 0.4
READ_TIMEOUT = 2
STREAMS = 250
PEOPLE = 25
AT_A_TIME = 50
UP_AGAIN_WITHIN = 40.0
SPREAD_MS = 3000
# A starting server listens before it has loaded the application.
PATIENT = 60.0

# Not configured for streams: it buffers, compresses, and times out after two seconds of silence.
NAIVE = """
upstream notifier {{
{servers}
}}
server {{
    listen {listen};
    gzip on;
    gzip_types application/json text/event-stream;
    location / {{ proxy_pass http://notifier; proxy_read_timeout 2s; }}
}}
"""


class SlowToLoad(Notifier):
    """Listens for a while before it has loaded the application, as every server does that is not a fork."""

    def serving(self) -> list[str]:
        return [*super().serving()[:-1], "--pythonpath", str(ROOT), "tests.faults.slow_to_load:app"]


@pytest.fixture(scope="module")
def databases(postgres_databases: Databases) -> Databases:
    """PostgreSQL, since two instances share the database."""
    return postgres_databases


@pytest.fixture(scope="module")
def stack(databases: Databases, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture(scope="module")
def instances(stack: ExitStack, databases: Databases, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> list[Notifier]:
    url, directory = stack.enter_context(databases.fresh()), tmp_path_factory.mktemp("instances")
    settings = {
        "REDIS_URL": redis.url,
        "TRUSTED_PROXIES": 1,
        "KEEPALIVE_SECONDS": KEEPALIVE,
        "STREAM_MAX_PER_USER": STREAMS,
    }
    instances: list[Notifier] = [SlowToLoad(url, directory, settings=settings) for _ in range(2)]
    for instance in instances:
        stack.callback(instance.close)
        instance.launch()
    for instance in instances:
        instance.wait_ready()
    return instances


@pytest.fixture(scope="module")
def before(stack: ExitStack, instances: list[Notifier], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Nginx]:
    """Start an nginx in front of the instances."""

    def start(**kwargs: str) -> Nginx:
        try:
            return stack.enter_context(Nginx([instance.port for instance in instances], tmp_path_factory.mktemp("nginx"), **kwargs))
        except NginxMissing as missing:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))

    return start


@pytest.fixture(scope="module")
def naive(before: Callable[..., Nginx]) -> Nginx:
    return before(site=NAIVE)


@pytest.fixture(scope="module")
def front(before: Callable[..., Nginx]) -> Nginx:
    return before()


@pytest.fixture(scope="module")
def site(stack: ExitStack, instances: list[Notifier], front: Nginx) -> Iterator[Site]:
    """Site whose users connect through the proxy."""
    site = Site(instances[0])
    site.api = Api(front.url)
    yield site
    site.close()


@pytest.fixture(autouse=True)
def _no_stream_left(site: Site, instances: list[Notifier]) -> Iterator[None]:
    yield
    site.close_streams()
    for instance in instances:
        wait_until_empty(instance)


def wait_until_empty(instance: Notifier) -> None:
    eventually(lambda: instance.metric("sse_connections_total") == 0)


def test_events_pass_a_buffering_proxy_at_once(naive: Nginx, alice: Person, dana: Person) -> None:
    with Stream(naive.url + STREAM_PATH, alice.token) as stream:
        assert stream.until("connected", AT_ONCE)
        sent = dana.send(alice)["id"]
        assert stream.until("notification", AT_ONCE).json["id"] == sent


def test_quiet_stream_outlives_the_proxy_timeout(naive: Nginx, alice: Person, dana: Person) -> None:
    with Stream(naive.url + STREAM_PATH, alice.token) as stream:
        stream.read_for(2 * READ_TIMEOUT)
        assert len(stream.comments) >= READ_TIMEOUT / KEEPALIVE
        sent = dana.send(alice)["id"]
        assert stream.until("notification", AT_ONCE).json["id"] == sent


def test_browser_gets_its_stream_over_http_2(front: Nginx, alice: Person, dana: Person) -> None:
    curl = shutil.which("curl")
    if curl is None or "HTTP2" not in subprocess.run([curl, "--version"], capture_output=True, text=True).stdout:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no curl that speaks HTTP/2")
    command = [curl, "--insecure", "--http2", "--silent", "--no-buffer", "--include", "--max-time", "10"]
    with subprocess.Popen(
        [*command, "--header", f"Authorization: Bearer {alice.token}", front.tls_url + STREAM_PATH], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        lines = iter(program.stdout.readline, "")
        assert next(lines).split() == ["HTTP/2", "200"]
        assert any(line == "event: connected\n" for line in lines)
        start = time.monotonic()
        sent = dana.send(alice)["id"]
        assert any(sent in line for line in lines)
        assert time.monotonic() - start < AT_ONCE
        program.kill()


class Visitor(threading.Thread):
    """Request a page through the proxy, again and again."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.answers: Counter[object] = Counter()
        self.slowest = 0.0
        self._person = person
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.05):
            start = time.monotonic()
            try:
                self.answers[self._person.get("/api/notifications/unread-count", timeout=PATIENT).status_code] += 1
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
            self.slowest = max(self.slowest, time.monotonic() - start)

    def close(self) -> None:
        self._over.set()
        self.join()


@contextmanager
def visited(person: Person) -> Iterator[Visitor]:
    visitor = Visitor(person)
    visitor.start()
    try:
        yield visitor
    finally:
        visitor.close()


def reload(instance: Notifier) -> None:
    before = instance.workers()
    os.kill(instance.pid, signal.SIGHUP)
    eventually(lambda: len(instance.workers()) == len(before) and not set(instance.workers()) & set(before), within=UP_AGAIN_WITHIN)


def restart(instance: Notifier) -> None:
    instance.terminate()
    instance.start()


@pytest.mark.slow
def test_rolling_restart_loses_no_answer_and_no_message(
    instances: list[Notifier], front: Nginx, site: Site, dana: Person, alice: Person
) -> None:
    people = [site.person(f"person{number}") for number in range(PEOPLE)]
    tokens = [person.token for person in people] * (STREAMS // PEOPLE)
    with Fleet() as first, Fleet() as second, visited(alice) as visitor:
        open_streams(first, front, [(token, None) for token in tokens])
        sent = [dana.send("all", title="before")["id"]]
        first.wait(lambda stream: told(stream) == sent)
        for instance, roll in zip(instances, (reload, restart), strict=True):
            roll(instance)
            sent.append(dana.send("all", title="after one of them")["id"])
        first.wait(lambda stream: stream.ended_cleanly, timeout=20)
        open_streams(second, front, [(token, stream.last_event_id) for token, stream in zip(tokens, first.streams, strict=True)])
        second.wait(lambda stream: stream.last_event_id.endswith(f"-{len(sent)}"), timeout=20)

    said = [stream.events[-1] for stream in first.streams]
    assert Counter((event.name, event.json.get("reason")) for event in said) == {("bye", "shutdown"): STREAMS}
    assert max(event.retry or 0 for event in said) <= SPREAD_MS
    assert all(told(before) + told(after) == sent for before, after in zip(first.streams, second.streams, strict=True))
    assert visitor.answers.keys() == {200}, visitor.answers
    assert not any("Traceback" in instance.log() for instance in instances)


def open_streams(fleet: Fleet, front: Nginx, wanted: list[tuple[str, str | None]]) -> None:
    """Open a stream for each (token, cursor), in batches: another test opens all at once."""
    for start in range(0, len(wanted), AT_A_TIME):
        for token, cursor in wanted[start : start + AT_A_TIME]:
            fleet.add(Stream(front.url + STREAM_PATH, token, last_event_id=cursor, wait=None))
        fleet.wait(lambda stream: stream.status == 200 and len(stream.events) >= 1, timeout=20)


def told(stream: Stream) -> list[str]:
    return [event.json["id"] for event in stream.events if event.name == "notification"]
