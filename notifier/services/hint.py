"""Tells the open streams that something was committed. A hint carries keys and no content; losing it costs time, never data."""

from __future__ import annotations

from collections.abc import Iterable

from flask import current_app

from notifier.realtime.bus import user_key
from notifier.realtime.engine import Engine

ENGINE = "notifier.engine"


def engine() -> Engine:
    """This application's streams."""
    found: Engine = current_app.extensions[ENGINE]
    return found


def hint(user_ids: Iterable[int]) -> None:
    """These inboxes have changed. Only ever called after the commit."""
    engine().bus.publish([user_key(user_id) for user_id in user_ids])
