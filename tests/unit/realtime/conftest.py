"""A hub and a feed in the test process, on its greenlets.

Sockets are real, the database is in memory, nothing is patched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub, Limits
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Viewer

Start = Callable[[Callable[[], None]], None]
View = Callable[..., Viewer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Run a function in a greenlet until the test ends; one that has ended by itself fails the test."""
    greenlets: list[gevent.Greenlet[..., Any]] = []
    yield lambda run: greenlets.append(gevent.spawn(run))
    ended = [greenlet for greenlet in greenlets if greenlet.ready()]
    gevent.killall(greenlets)
    for greenlet in ended:
        pytest.fail(f"{greenlet} ended: {greenlet.exception!r}")


@pytest.fixture
def clock() -> Callable[[], float]:
    """The clock of the hub. A module that advances `now` redefines this fixture."""
    return time.monotonic


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def tick(now: list[float]) -> Callable[[float], None]:
    """Advance `now`."""
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


@pytest.fixture
def hub(start: Start, clock: Callable[[], float]) -> Hub:
    limits = Limits(connections=1000, per_user=500, backlog_bytes=65_536, stale_seconds=30, sessions_per_user=3)
    hub = Hub(limits, heartbeat_seconds=30, keepalive_seconds=15, clock=clock)
    start(hub.poller.run)
    return hub


@pytest.fixture
def inboxes() -> Inboxes:
    return Inboxes()


@pytest.fixture
def feed(hub: Hub, inboxes: Inboxes, start: Start) -> Feed:
    """A feed that polls once, at its start, so that later changes need hints."""
    feed = Feed(hub, inboxes, poll_seconds=3600, replay_limit=10)
    start(feed.run)
    return feed


@pytest.fixture
def view(hub: Hub, request: pytest.FixtureRequest) -> Iterator[View]:
    """Open a viewer. If the test has a feed, it begins with the stream, as the stream server has it."""
    feed: Feed | None = request.getfixturevalue("feed") if "feed" in request.fixturenames else None
    viewers: list[Viewer] = []

    def open_(*args: Any, **kwargs: Any) -> Viewer:
        viewer = Viewer(hub, *args, **kwargs)
        viewers.append(viewer)
        if feed is not None and viewer.admitted:
            feed.begin(viewer.connection)
        return viewer

    yield open_
    for viewer in viewers:
        viewer.close()
    assert hub.count == 0
    assert (hub.topics, hub.session_topics) == ({}, {})
