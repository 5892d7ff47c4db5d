"""Hints between processes over Redis or Valkey. It may lose them, and be gone altogether: then streams wait for the look.

A request only notes which keys changed. One greenlet says them to Redis, all that have gathered since the last time in one round
trip, so that a Redis that hangs costs no request anything. Another listens, on the channels of keys that somebody here watches.
Each has a connection of its own; neither ever touches the other's.

Twice a second, and whenever what is watched has changed, the speaker says something to the listener of its own process. That is the
canary: a hung Redis, a cut connection and a subscription that was silently lost all mean that the echo stays away.
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
from notifier.realtime.feed import Feed
from notifier.realtime.hint_protocol import WIDE, channel_of, hints, key_of, own_channel, understood
from notifier.realtime.yielding import yield_once

_log = logging.getLogger("notifier.bus")
_ECHO_SECONDS = 0.5
_SILENCE_SECONDS = 1.5
_AGAIN_SECONDS = 0.5
_SUBSCRIBED_AT_ONCE = 500
_HEARD_AT_ONCE = 100
# More keys than this wait for the look: Redis has not answered for half a second, under a load like no other.
_MOST_UNSAID = 20_000

OPTIONS: dict[str, Any] = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": Retry(NoBackoff(), 0), "protocol": 2}
"""Of every client: the library's own would wait for 5 s and try ten times."""


def client(url: str) -> Redis:
    return Redis.from_url(url, **OPTIONS)


class RedisBus:
    """A `notifier.realtime.bus.Bus`. `watches`: the keys that somebody here watches, as the hub has them."""

    def __init__(self, url: str, feed: Feed, watches: Collection[str], clock: Callable[[], float] = time.monotonic) -> None:
        self.up = False
        self.tasks = (self.speak, self.listen)
        self._url = url
        self._feed = feed
        self._watches = watches
        self._clock = clock
        self._name = secrets.token_hex(4)
        self._speaker = client(url)
        self._breaker = Breaker(failures=2, rest_seconds=1.0)
        self._speaking = False
        self._wake = Event()
        self._unsaid: dict[str, None] = {}
        self._moved: dict[str, None] = {}  # keys that somebody began or ceased to watch, until the listener has seen to them
        self._echo_at = 0.0
        metrics.bus_up.set(0)

    def publish(self, keys: Iterable[str]) -> None:
        keys = list(keys)
        self._feed.mark(keys)
        if len(self._unsaid) < _MOST_UNSAID:
            self._unsaid.update(dict.fromkeys(keys))
        if self._speaking:
            self._wake.set()
        else:  # a command or a worker without greenlets, gone before one would get its turn
            self._say()

    def watching(self, key: str) -> None:
        if self._speaking:
            self._moved[key] = None
            self._wake.set()

    def state(self) -> str:
        return "ok" if self.up else "down: changes wait for the look"

    def speak(self) -> None:
        """Says what is to be said, for ever."""
        self._speaking = True
        while True:
            self._wake.wait(_ECHO_SECONDS)
            self._wake.clear()
            self._say()

    def listen(self) -> None:
        """Marks what others say, for ever."""
        while True:
            ears = client(self._url)
            try:
                with ears.pubsub() as ear:  # type: ignore[no-untyped-call]
                    self._listen(ear)
            except Exception as error:  # whatever it is: no reason to end streams
                self._lost(error)
            finally:
                ears.close()
            gevent.sleep(_AGAIN_SECONDS * random.uniform(0.5, 1.5))

    def _say(self) -> None:
        """One round trip. What cannot be said is forgotten: by the time Redis is back, the look has found it."""
        keys, self._unsaid = list(self._unsaid), {}
        if not self._breaker.allows(self._clock()):
            return
        try:
            with self._speaker.pipeline(transaction=False) as sentences:
                for channel, text in hints(self._name, keys):
                    sentences.publish(channel, text)
                if self._speaking and (self._moved or self._clock() >= self._echo_at):
                    self._echo_at = self._clock() + _ECHO_SECONDS
                    sentences.publish(own_channel(self._name), self._name)
                if sentences:
                    sentences.execute()
        except Exception as error:  # nor to fail a request that is committed
            self._breaker.failed(self._clock())
            self._lost(error)
        else:
            self._breaker.succeeded()
        metrics.breaker_state.set(self._breaker.state)

    def _listen(self, ear: PubSub) -> None:
        """Until something goes wrong, which raises."""
        self._moved.clear()
        subscribed: set[str] = set(self._watches)
        own = own_channel(self._name)
        # Its own channel last: when the first echo comes, all the others are there.
        _in_slices(ear.subscribe, [WIDE, *map(channel_of, subscribed), own])
        hearing, heard_at = False, self._clock()
        number = 0
        while True:
            message = ear.get_message(timeout=max(0.0, heard_at + _SILENCE_SECONDS - self._clock()))
            # A process that stood still finds its time over, and the echo there all the same.
            if message is None and (message := ear.get_message(timeout=0)) is None:
                if self._clock() >= heard_at + _SILENCE_SECONDS:
                    raise TimeoutError("no echo")
                continue
            channel = message["channel"].decode()
            if channel == own:
                if message["type"] == "message":
                    heard_at = self._clock()
                    hearing = True
                    self._found()
                    self._follow(ear, subscribed)
                else:  # from now on the echo comes: no need to wait for the next
                    self._echo_at = 0.0
                    self._wake.set()
            elif message["type"] == "message":
                self._hear(channel, message["data"])
            elif message["type"] == "subscribe" and hearing:
                # What was said between the stream's first read and now was not heard.
                self._feed.mark([key_of(channel)])
            number += 1
            if number % _HEARD_AT_ONCE == 0:
                yield_once()

    def _hear(self, channel: str, text: bytes) -> None:
        hint = understood(channel, text)
        if hint is None:
            metrics.bus_ignored.inc()
        elif hint[0] != self._name:
            self._feed.mark(hint[1])

    def _follow(self, ear: PubSub, subscribed: set[str]) -> None:
        """Subscribes to what is watched since the last time, and to nothing that no longer is."""
        moved, self._moved = self._moved, {}
        begun = [key for key in moved if key in self._watches and key not in subscribed]
        ceased = [key for key in moved if key not in self._watches and key in subscribed]
        _in_slices(ear.subscribe, [channel_of(key) for key in begun])
        _in_slices(ear.unsubscribe, [channel_of(key) for key in ceased])
        subscribed.update(begun)
        subscribed.difference_update(ceased)

    def _found(self) -> None:
        if not self.up:
            self.up = True
            metrics.bus_up.set(1)
            _log.info("hints are heard")
            self._feed.look_soon()

    def _lost(self, error: Exception) -> None:
        if self.up:
            self.up = False
            metrics.bus_up.set(0)
            _log.warning("hints are not heard, changes wait for the look: %s", error)


def _in_slices(command: Callable[..., object], channels: Sequence[str]) -> None:
    for start in range(0, len(channels), _SUBSCRIBED_AT_ONCE):
        command(*channels[start : start + _SUBSCRIBED_AT_ONCE])
