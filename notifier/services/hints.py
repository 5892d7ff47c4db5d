"""Tells the open streams that something was committed. A hint carries keys and no content; losing it costs time, never data."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event

from flask import current_app

from notifier.realtime.bus import session_key, user_key
from notifier.realtime.stream_server import Engine

ENGINE = "notifier.engine"
WORK = "notifier.work"


def engine() -> Engine:
    """This application's streams."""
    found: Engine = current_app.extensions[ENGINE]
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
