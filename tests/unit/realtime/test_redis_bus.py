"""The bus in a process without its greenlets, such as a command.

It publishes at once, and never raises.
"""

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
    """A `HintReceiver` that keeps the topics."""

    def __init__(self) -> None:
        self.topics: list[str] = []

    def mark(self, topics: Iterable[str]) -> None:
        self.topics += topics

    def poll_soon(self) -> None:
        raise AssertionError("no greenlet receives hints here")


@pytest.fixture
def feed() -> Marked:
    return Marked()


@pytest.fixture
def join(feed: Marked) -> Iterator[Join]:
    """Create a bus whose connection is closed after the test."""
    with ExitStack() as opened:

        def make(url: str) -> RedisBus:
            bus = RedisBus(url, feed, {})
            opened.callback(bus._publisher.close)
            return bus

        yield make


@pytest.fixture
def nowhere() -> Iterator[str]:
    """A Redis URL on which no server answers."""
    port = Port()
    yield f"redis://{LOOPBACK}:{port.number}/0"
    port.release()


@pytest.mark.redis
def test_changed_topics_are_published_at_once(redis: Redis, join: Join, feed: Marked) -> None:
    with library.Redis(port=redis.port, protocol=2) as client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.psubscribe("notifications:*")
        pubsub.get_message(timeout=5)
        join(redis.url).publish(["user:1", "session:x", "user:1"])
        received = [pubsub.get_message(timeout=5) for _ in range(2)]

    assert [message["channel"] for message in received] == [b"notifications:1", b"notifications:session:x"]
    assert feed.topics == ["user:1", "session:x", "user:1"]


def test_the_own_feed_is_marked_without_redis(nowhere: str, join: Join, feed: Marked) -> None:
    join(nowhere).publish(iter(["user:1"]))

    assert feed.topics == ["user:1"]


def test_a_redis_that_hangs_delays_few_publishers(redis: Redis, join: Join, feed: Marked) -> None:
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


def test_topics_that_could_not_be_published_are_dropped(nowhere: str, join: Join, feed: Marked) -> None:
    bus = join(nowhere)
    for number in range(100):
        bus.publish([f"user:{number}"])

    assert bus._unsent == {}


def test_unsent_topics_are_bounded(nowhere: str, join: Join, feed: Marked) -> None:
    bus = join(nowhere)
    bus._sending = True  # and the publishing greenlet does not get its turn
    for start in range(0, 100_000, 1000):
        bus.publish([f"user:{number}" for number in range(start, start + 1000)])

    assert len(bus._unsent) <= 21_000
    assert len(feed.topics) == 100_000
