"""Tells the open streams that something was committed. A hint carries keys and no content; losing it costs time, never data."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event

from flask import current_app

from notifier.realtime.bus import session_key, user_key
from notifier.realtime.stream_server import StreamServer

STREAM_SERVER = "notifier.engine"
WORK = "notifier.work"


def engine() -> StreamServer:
    """This application's streams."""
    found: StreamServer = current_app.extensions[STREAM_SERVER]
    return found


def work() -> Event:
    """Set when there is something for the scheduler of this process that should not wait for its next round."""
    found: Event = current_app.extensions.setdefault(WORK, Event())
    return found


def wake_scheduler() -> None:
    work().set()


def hint(user_ids: Iterable[int], sessions: Iterable[int] = ()) -> None:
    """These inboxes, and these progress sessions, have changed. Only ever called after the commit."""
    engine().bus.publish([*map(user_key, user_ids), *map(session_key, sessions)])
