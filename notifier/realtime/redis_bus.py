"""Hints between processes over Redis or Valkey.

Hints that are lost, or not sent because Redis is down, only delay: the poll finds the changes.

A request only notes which topics changed. One greenlet publishes them, all that have gathered since the last time in one round trip,
so that a Redis that hangs costs no request anything. Another greenlet receives, on the channels of topics with streams in this
process. Each has a Redis connection of its own and never uses the other's.

Twice a second, and whenever a subscription has to change, the publisher sends an echo to the receiver of its own process. A hung
Redis, a cut connection and a subscription that was silently lost all show as a missing echo.
"""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import gevent
from gevent.event import Event
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from notifier import metrics
from notifier.realtime.breaker import Breaker
from notifier.realtime.hint_protocol import WIDE_CHANNEL, channel_of, decode_hint, echo_channel, encode_hints, topic_of
from notifier.realtime.ports import HintReceiver
from notifier.realtime.yielding import yield_once

_log = logging.getLogger("notifier.bus")
_ECHO_INTERVAL_SECONDS = 0.5
_ECHO_TIMEOUT_SECONDS = 1.5
_RECONNECT_DELAY_SECONDS = 0.5
_SUBSCRIBE_BATCH_SIZE = 500
_RECEIVE_BATCH_SIZE = 100
# More topics than this wait for the poll: Redis has not answered for half a second under an extreme load.
_MAX_UNSENT = 20_000

CLIENT_OPTIONS: dict[str, Any] = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": Retry(NoBackoff(), 0), "protocol": 2}
"""Of every client: the library's defaults would wait for 5 s and retry ten times."""


def client(url: str) -> Redis:
    """A Redis client with short timeouts."""
    return Redis.from_url(url, **CLIENT_OPTIONS)


class RedisBus:
    """A `Bus`. `topics`: the hub's topics, which this only reads."""

    def __init__(self, url: str, feed: HintReceiver, topics: Collection[str], clock: Callable[[], float] = time.monotonic) -> None:
        self.up = False
        self.tasks = (self.send, self.receive)
        self._url = url
        self._feed = feed
        self._topics = topics
        self._clock = clock
        self._name = secrets.token_hex(4)
        self._publisher = client(url)
        self._breaker = Breaker(failures=2, rest_seconds=1.0)
        self._sending = False
        self._wake = Event()
        self._unsent: dict[str, None] = {}
        self._moved: dict[str, None] = {}  # topics whose subscription the receiver has to update
        self._echo_at = 0.0
        metrics.bus_up.set(0)

    def publish(self, topics: Iterable[str]) -> None:
        topics = list(topics)
        self._feed.mark(topics)
        if len(self._unsent) < _MAX_UNSENT:
            self._unsent.update(dict.fromkeys(topics))
        if self._sending:
            self._wake.set()
        else:  # a command, or a worker without greenlets: it may exit before a greenlet gets its turn
            self._send()

    def update_subscription(self, topic: str) -> None:
        if self._sending:
            self._moved[topic] = None
            self._wake.set()

    def state(self) -> str:
        return "ok" if self.up else "down: changes wait for the poll"

    def send(self) -> None:
        """Publish noted topics and echoes, for ever."""
        self._sending = True
        while True:
            self._wake.wait(_ECHO_INTERVAL_SECONDS)
            self._wake.clear()
            self._send()

    def receive(self) -> None:
        """Mark the topics of received hints, for ever."""
        while True:
            redis = client(self._url)
            try:
                with redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
                    self._receive(pubsub)
            except Exception as error:  # no error of Redis or its client is a reason to end streams
                self._set_down(error)
            finally:
                redis.close()
            gevent.sleep(_RECONNECT_DELAY_SECONDS * random.uniform(0.5, 1.5))

    def _send(self) -> None:
        """One round trip.

        Topics that cannot be published are dropped: by the time Redis is back, the poll has found them.
        """
        topics, self._unsent = list(self._unsent), {}
        if not self._breaker.allows(self._clock()):
            return
        try:
            with self._publisher.pipeline(transaction=False) as pipeline:
                for channel, text in encode_hints(self._name, topics):
                    pipeline.publish(channel, text)
                if self._sending and (self._moved or self._clock() >= self._echo_at):
                    self._echo_at = self._clock() + _ECHO_INTERVAL_SECONDS
                    pipeline.publish(echo_channel(self._name), self._name)
                if pipeline:
                    pipeline.execute()
        except Exception as error:  # nor a reason to fail a request that is committed
            self._breaker.failed(self._clock())
            self._set_down(error)
        else:
            self._breaker.succeeded()
        metrics.breaker_state.set(self._breaker.state)

    def _receive(self, pubsub: PubSub) -> None:
        """Receive until an error or a missing echo, which raise."""
        self._moved.clear()
        subscribed: set[str] = set(self._topics)
        own = echo_channel(self._name)
        # The echo channel last: when the first echo arrives, all the other subscriptions are in place.
        _in_slices(pubsub.subscribe, [WIDE_CHANNEL, *map(channel_of, subscribed), own])
        receiving, echo_at = False, self._clock()
        number = 0
        while True:
            message = pubsub.get_message(timeout=max(0.0, echo_at + _ECHO_TIMEOUT_SECONDS - self._clock()))
            # A process that was stopped finds its time over, although the echo is in the socket.
            if message is None and (message := pubsub.get_message(timeout=0)) is None:
                if self._clock() >= echo_at + _ECHO_TIMEOUT_SECONDS:
                    raise TimeoutError("no echo")
                continue
            channel = message["channel"].decode()
            if channel == own:
                if message["type"] == "message":
                    echo_at = self._clock()
                    receiving = True
                    self._set_up()
                    self._update_subscriptions(pubsub, subscribed)
                else:  # subscribed to the echo: ask for the first one now
                    self._echo_at = 0.0
                    self._wake.set()
            elif message["type"] == "message":
                self._accept(channel, message["data"])
            elif message["type"] == "subscribe" and receiving:
                # Hints between the stream's first read and this subscription were not received.
                self._feed.mark([topic_of(channel)])
            number += 1
            if number % _RECEIVE_BATCH_SIZE == 0:
                yield_once()

    def _accept(self, channel: str, text: bytes) -> None:
        hint = decode_hint(channel, text)
        if hint is None:
            metrics.bus_ignored.inc()
        elif hint[0] != self._name:
            self._feed.mark(hint[1])

    def _update_subscriptions(self, pubsub: PubSub, subscribed: set[str]) -> None:
        """Subscribe to topics that got streams since the last time, unsubscribe from those without."""
        moved, self._moved = self._moved, {}
        added = [topic for topic in moved if topic in self._topics and topic not in subscribed]
        removed = [topic for topic in moved if topic not in self._topics and topic in subscribed]
        _in_slices(pubsub.subscribe, [channel_of(topic) for topic in added])
        _in_slices(pubsub.unsubscribe, [channel_of(topic) for topic in removed])
        subscribed.update(added)
        subscribed.difference_update(removed)

    def _set_up(self) -> None:
        if not self.up:
            self.up = True
            metrics.bus_up.set(1)
            _log.info("the bus is up")
            self._feed.poll_soon()

    def _set_down(self, error: Exception) -> None:
        if self.up:
            self.up = False
            metrics.bus_up.set(0)
            _log.warning("the bus is down, changes wait for the poll: %s", error)


def _in_slices(command: Callable[..., object], channels: Sequence[str]) -> None:
    for start in range(0, len(channels), _SUBSCRIBE_BATCH_SIZE):
        command(*channels[start : start + _SUBSCRIBE_BATCH_SIZE])
