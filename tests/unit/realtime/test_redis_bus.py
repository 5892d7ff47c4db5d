"""The bus in a process without greenlets of its own, such as a command or a worker: it speaks by itself, and fails in silence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

import pytest
import redis as library

from notifier.realtime.redis_bus import RedisBus
from tests.servers import Redis
from tests.servers.port import LOOPBACK, Port

PROMPT = 0.3

Join = Callable[[str], RedisBus]


class Marked:
    """What a bus wants of a feed."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def mark(self, keys: Iterable[str]) -> None:
        self.keys += keys

    def poll_soon(self) -> None:
        raise AssertionError("nobody listens here")


@pytest.fixture
def feed() -> Marked:
    return Marked()


@pytest.fixture
def join(feed: Marked) -> Iterator[Join]:
    """Makes a bus; its connection is closed after the test."""
    with ExitStack() as opened:

        def make(url: str) -> RedisBus:
            bus = RedisBus(url, feed, {})
            opened.callback(bus._publisher.close)
            return bus

        yield make


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The address of a Redis that is not there."""
    port = Port()
    yield f"redis://{LOOPBACK}:{port.number}/0"
    port.release()


@pytest.mark.redis
def test_it_says_at_once_what_changed(redis: Redis, join: Join, feed: Marked) -> None:
    with library.Redis(port=redis.port, protocol=2) as client, client.pubsub(ignore_subscribe_messages=True) as ear:
        ear.psubscribe("notifications:*")
        ear.get_message(timeout=5)
        join(redis.url).publish(["user:1", "session:x", "user:1"])
        heard = [ear.get_message(timeout=5) for _ in range(2)]

    assert [message["channel"] for message in heard] == [b"notifications:1", b"notifications:session:x"]
    assert feed.keys == ["user:1", "session:x", "user:1"]


def test_its_own_feed_is_told_whether_there_is_a_redis_or_not(nowhere: str, join: Join, feed: Marked) -> None:
    join(nowhere).publish(iter(["user:1"]))

    assert feed.keys == ["user:1"]


def test_a_redis_that_hangs_costs_little_and_soon_nothing(redis: Redis, join: Join, feed: Marked) -> None:
    with Redis() as hanging:
        bus = join(hanging.url)
        hanging.freeze()
        took = []
        for _ in range(20):
            start = time.monotonic()
            bus.publish(["user:1"])
            took.append(time.monotonic() - start)

    assert sum(seconds > PROMPT for seconds in took) <= 2
    assert bus.state() == "down: changes wait for the poll"


def test_what_nobody_could_say_is_not_kept(nowhere: str, join: Join, feed: Marked) -> None:
    bus = join(nowhere)
    for number in range(100):
        bus.publish([f"user:{number}"])

    assert bus._unsent == {}


def test_of_what_waits_to_be_said_there_is_an_end(nowhere: str, join: Join, feed: Marked) -> None:
    bus = join(nowhere)
    bus._sending = True  # and the speaker does not get its turn
    for start in range(0, 100_000, 1000):
        bus.publish([f"user:{number}" for number in range(start, start + 1000)])

    assert len(bus._unsent) <= 21_000
    assert len(feed.keys) == 100_000
