"""What a renderer makes of changes, with care for rows that nobody can show: a bad one costs its own event and no other.

The door lets none in. Yet one that came by another way, or that a renderer fails over, would otherwise end the feed of everybody.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from itertools import groupby

from notifier import metrics
from notifier.realtime.renderer import Change, Page, Renderer, Snapshot
from notifier.realtime.sse import Cursor, encode

_log = logging.getLogger("notifier.feed")


class TooLong(Exception):
    """The events of one step are longer than any client's backlog may be: it would be closed over them again and again."""


def changes(renderer: Renderer, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot, *, most_bytes: int) -> bytes:
    """As `Renderer.changes`, with `unreadable` events for those that cannot be shown. Raises `TooLong` for a step over `most_bytes`."""
    try:
        data = renderer.changes(changes, after, page, snapshot)
    except Exception as error:  # any renderer, over a row that somebody may have written past the program
        _log.error("messages %s cannot be shown: %r", sorted({change.message_id for change in changes}), error)
    else:
        if len(data) <= most_bytes:
            return data
    steps = [_step(renderer, list(step), after, page, snapshot) for _, step in groupby(changes, key=lambda change: change.seq)]
    if max(map(len, steps)) > most_bytes:
        raise TooLong
    return b"".join(steps)


def _step(renderer: Renderer, step: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
    """All changes of one `seq`: those that can be shown behind those that cannot, since the last event has the id."""
    shown = [change for change in step if _can_be_shown(renderer, change, after, page, snapshot)]
    bad = len(step) - len(shown)
    if not bad:
        return renderer.changes(step, after, page, snapshot)
    metrics.unreadable.inc(bad)
    seq = step[0].seq
    data = json.dumps({"seq": seq, "unread_count": page.unread}, separators=(",", ":"))
    if not shown:
        return encode(data, event="unreadable", id=str(Cursor(snapshot.epoch, seq)))
    return encode(data, event="unreadable") + renderer.changes(shown, after, page, snapshot)


def _can_be_shown(renderer: Renderer, change: Change, after: int, page: Page, snapshot: Snapshot) -> bool:
    try:
        renderer.changes([change], after, page, snapshot)
    except Exception as error:  # as above
        _log.error("message %s cannot be shown: %r", change.message_id, error)
        return False
    return True  # also where the format has no word for it
