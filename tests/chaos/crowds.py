"""Thousands of clients reconnect, fail to authorize, churn or never read; others are measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, quantiles
from tempfile import TemporaryDirectory

from tests.api_client import STREAM_PATH, Person
from tests.databases import SqliteDatabases
from tests.faults.misbehaving import deaf, vanish
from tests.faults.sabotage import Sabotaged
from tests.servers import Redis
from tests.site import Site, open_site
from tests.sse import Fleet, Stream
from tests.waiting import eventually

PEOPLE = 50
_STALE_SECONDS = 5
_BACKLOG_BYTES = 65_536
_SENDS_EVERY_SECONDS = 0.05
_ALL_ANSWERED_WITHIN = 120.0
_AT_A_TIME = 200
_SAMPLES = 20
_LONG = "x" * 4000


@dataclass(slots=True)
class Told:
    """How long an outsider's messages took from the request to the stream, in seconds."""

    seconds: list[float] = field(default_factory=list)

    @property
    def p99(self) -> float:
        return quantiles(self.seconds, n=100, method="inclusive")[98]

    def __str__(self) -> str:
        return f"{len(self.seconds)} messages to an outsider, p99 {self.p99:.3f} s, slowest {max(self.seconds):.3f} s"


@dataclass(frozen=True, slots=True)
class Place:
    """A server whose resources can be counted, its Redis and its users."""

    site: Site
    redis: Redis
    people: Sequence[Person]
    outsider: Person
    sender: Person

    def census(self) -> dict[str, int]:
        """Counts for the one worker, and the number of subscribed channels."""
        counted: dict[str, int] = self.site.api.get("/census").json()
        return counted | {"subscriptions": len(self.redis.command("PUBSUB", "CHANNELS", "notifications:*"))}

    def empty(self) -> None:
        """Wait until no stream is open."""
        eventually(lambda: self.site.server.metric("sse_connections_total") == 0, within=30)


@contextmanager
def place() -> Iterator[Place]:
    """Start a server with Redis and users. Raises `RedisMissing`."""
    with ExitStack() as opened:
        home = Path(opened.enter_context(TemporaryDirectory(prefix="notifier-crowds-")))
        redis = opened.enter_context(Redis())
        url = opened.enter_context(SqliteDatabases(home).fresh())
        settings = {
            "REDIS_URL": redis.url,
            "STREAM_MAX_PER_USER": 10_000,
            "STREAM_STALE_SECONDS": _STALE_SECONDS,
            "STREAM_BACKLOG_BYTES": _BACKLOG_BYTES,
        }
        site = opened.enter_context(open_site(Sabotaged(url, home, settings=settings)))
        people = [site.person(f"person{number}") for number in range(PEOPLE)]
        yield Place(site, redis, people, site.person("outsider"), site.person("dana", "sender"))


@contextmanager
def outsider(place: Place) -> Iterator[Told]:
    """Measure deliveries to a client outside the crowd while the block runs.

    Raises the client's exception, if it had one.
    """
    told, over, failures = Told(), threading.Event(), list[Exception]()

    def listen() -> None:
        try:
            with Stream(place.site.url + STREAM_PATH, place.outsider.token) as stream:
                stream.until("connected", 20)
                while not over.wait(_SENDS_EVERY_SECONDS):
                    start = time.monotonic()
                    sent = place.sender.send(place.outsider)["id"]
                    arrived = stream.until("notification", 30)
                    assert arrived.json["id"] == sent
                    told.seconds.append(arrived.at - start)
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        eventually(lambda: told.seconds or failures, within=30)
        yield told
    finally:
        over.set()
        thread.join()
    if failures:
        raise failures[0]


def storm(place: Place, count: int) -> tuple[Told, float]:
    """Lose `count` streams at once, then reconnect them all at once with their cursors.

    Returns the outsider's delivery times, and the seconds until all clients were served.
    """
    tokens = [place.people[number % len(place.people)].token for number in range(count)]
    cursors: list[str | None] = []
    with Fleet() as fleet:
        for start in range(0, count, _AT_A_TIME):
            for token in tokens[start : start + _AT_A_TIME]:
                fleet.add(Stream(place.site.url + STREAM_PATH, token, wait=None))
            fleet.wait(lambda stream: bool(stream.events), _ALL_ANSWERED_WITHIN)
        cursors = [stream.last_event_id for stream in fleet.streams]
    place.empty()
    missed = place.sender.send([person.address for person in place.people], title="meanwhile")["id"]
    with outsider(place) as told, Fleet() as fleet:
        start_of_storm = time.monotonic()
        for token, cursor in zip(tokens, cursors, strict=True):
            fleet.add(Stream(place.site.url + STREAM_PATH, token, last_event_id=cursor, wait=None))
        fleet.wait(lambda stream: stream.closed or len(stream.events) > 1, _ALL_ANSWERED_WITHIN)
        seconds = time.monotonic() - start_of_storm
        got = [event.json["id"] for stream in fleet.streams for event in stream.events if event.name == "notification"]
        assert got == [missed] * count, f"{len(got)} of {count} clients received the missed message"
    place.empty()
    return told, seconds


def attempts(place: Place, count: int) -> Told:
    """Request `count` streams from one address with invalid tokens."""
    with outsider(place) as told, Fleet() as fleet:
        for start in range(0, count, _AT_A_TIME):
            for number in range(start, min(start + _AT_A_TIME, count)):
                fleet.add(Stream(place.site.url + STREAM_PATH, f"not-a-token-{number}", wait=None))
            fleet.wait(lambda stream: stream.closed, _ALL_ANSWERED_WITHIN)
        assert {stream.status for stream in fleet.streams} <= {401, 429}
    return told


def never_reading(place: Place, count: int) -> tuple[Told, int]:
    """Send much to `count` clients that never read, and to as many that have vanished.

    Returns the outsider's delivery times, and the bytes by which the server grew.
    """
    place.empty()
    before = place.census()["memory"]
    one, two = place.people[:2]
    url = place.site.url + STREAM_PATH
    gone = [Stream(url, two.token) for _ in range(count)]
    readers = [deaf(url, one.token) for _ in range(count)]
    eventually(lambda: place.site.server.metric("sse_connections_total") == 2 * count, within=20)
    for stream in gone:
        vanish(stream)
    grown = 0
    with outsider(place) as told:
        # Enough to fill the kernels' socket buffers and the backlog behind them.
        for _ in range(1000):
            place.sender.send([one.address, two.address], message=_LONG)
            grown = max(grown, place.census()["memory"] - before)
            if place.site.server.metric("sse_connections_total") <= 1:
                break
        eventually(lambda: place.site.server.metric("sse_connections_total") <= 1, within=4 * _STALE_SECONDS)
    for stream in (*gone, *readers):
        stream.close()
    return told, grown


@dataclass(frozen=True, slots=True)
class Churn:
    """`censuses`: counts, each taken after the number of closed connections in `done`."""

    done: list[int]
    censuses: list[dict[str, int]]

    def slope(self, what: str) -> float:
        """Growth per thousand connections, without the first half, in which caches fill."""
        half = len(self.done) // 2
        return linear_regression(self.done[half:], [census[what] for census in self.censuses[half:]]).slope * 1000

    def grown(self, what: str) -> int:
        return self.censuses[-1][what] - self.censuses[len(self.censuses) // 2][what]

    def __str__(self) -> str:
        lines = [f"{what}: {self.censuses[0][what]} at first, {self.censuses[-1][what]} at last, " for what in self.censuses[0]]
        return "\n".join(f"{line}{self.slope(what):+.2f} per thousand" for line, what in zip(lines, self.censuses[0], strict=True))


def churn(place: Place, count: int, say: Callable[[str], None] = lambda _: None) -> Churn:
    """Connect `count` clients, wait for each one's first event, and disconnect them."""
    place.empty()
    found = Churn([0], [place.census()])
    done, every = 0, max(_AT_A_TIME, count // _SAMPLES)
    while done < count:
        with Fleet() as fleet:
            for number in range(_AT_A_TIME):
                fleet.add(Stream(place.site.url + STREAM_PATH, place.people[number % len(place.people)].token, wait=None))
            fleet.wait(lambda stream: bool(stream.events), _ALL_ANSWERED_WITHIN)
        done += _AT_A_TIME
        if done % every < _AT_A_TIME:
            place.empty()
            eventually(lambda: place.census()["subscriptions"] <= found.censuses[0]["subscriptions"], within=20)
            found.done.append(done)
            found.censuses.append(place.census())
            say(f"{done}: {found.censuses[-1]}")
    return found
