"""Render changes; replace each one that fails to render by an `unreadable` event.

Validation keeps such rows out. One that was written by another program, or that a renderer fails over, would otherwise end the feed
and with it every stream of the process.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from itertools import groupby

from notifier import metrics
from notifier.realtime.ports import Renderer
from notifier.realtime.snapshot import Change, Page, Snapshot
from notifier.realtime.sse import Cursor, encode

_log = logging.getLogger("notifier.feed")


class TooLong(Exception):
    """The events of one `seq` exceed the backlog of any client.

    Sending them would close the connection at every attempt.
    """


def changes(renderer: Renderer, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot, *, most_bytes: int) -> bytes:
    """As `Renderer.changes`, with `unreadable` events for changes that fail to render.

    Raises `TooLong` when the events of one `seq` exceed `most_bytes`.
    """
    try:
        data = renderer.changes(changes, after, page, snapshot)
    except Exception as error:  # a renderer may raise anything over a row that another program has written
        _log.error("messages %s cannot be rendered: %r", sorted({change.message_id for change in changes}), error)
    else:
        if len(data) <= most_bytes:
            return data
    steps = [_step(renderer, list(step), after, page, snapshot) for _, step in groupby(changes, key=lambda change: change.seq)]
    if max(map(len, steps)) > most_bytes:
        raise TooLong
    return b"".join(steps)


def _step(renderer: Renderer, step: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
    """Render the changes of one `seq`.

    Readable ones come last, because the last event carries the id.
    """
    readable = [change for change in step if _is_readable(renderer, change, after, page, snapshot)]
    bad = len(step) - len(readable)
    if not bad:
        return renderer.changes(step, after, page, snapshot)
    metrics.unreadable.inc(bad)
    seq = step[0].seq
    data = json.dumps({"seq": seq, "unread_count": page.unread}, separators=(",", ":"))
    if not readable:
        return encode(data, event="unreadable", id=str(Cursor(snapshot.epoch, seq)))
    return encode(data, event="unreadable") + renderer.changes(readable, after, page, snapshot)


def _is_readable(renderer: Renderer, change: Change, after: int, page: Page, snapshot: Snapshot) -> bool:
    """Whether the change renders, also to nothing where the format has no event for it."""
    try:
        renderer.changes([change], after, page, snapshot)
    except Exception as error:  # as above
        _log.error("message %s cannot be rendered: %r", change.message_id, error)
        return False
    return True
