"""Hints after a commit: which topics changed, without content.

A lost hint costs time, never data.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event

from notifier import current
from notifier.realtime.stream_server import StreamServer
from notifier.realtime.topic_names import session_topic, user_topic

STREAM_SERVER = "notifier.stream_server"
SCHEDULER_WAKE = "notifier.scheduler_wake"


def publish_hints(user_ids: Iterable[int], sessions: Iterable[int] = ()) -> None:
    """Announce that these inboxes and sessions changed. To be called after the commit only."""
    stream_server().bus.publish([*map(user_topic, user_ids), *map(session_topic, sessions)])


def stream_server() -> StreamServer:
    """The stream server of the current application."""
    found: StreamServer = current.app().extensions[STREAM_SERVER]
    return found


def scheduler_wake() -> Event:
    """The event that ends the scheduler's wait for its next round."""
    found: Event = current.app().extensions.setdefault(SCHEDULER_WAKE, Event())
    return found


def wake_scheduler() -> None:
    """Start the scheduler's next round now."""
    scheduler_wake().set()
