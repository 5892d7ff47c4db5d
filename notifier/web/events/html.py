"""The HTML stream of `GET /stream` (contract §3.2): the same events as ready partials, which htmx puts into any of our pages.

What is drawn does not depend on who reads it, but for a front of two numbers: it is made once per message for all recipients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from flask import current_app

from notifier.models.notification import Status
from notifier.realtime.snapshot import Change, Page, Session, Snapshot
from notifier.realtime.sse import data_lines, encode
from notifier.web.events.json import JsonEvents
from notifier.web.events.partials import Partials
from notifier.web.presenters import kinds
from notifier.web.presenters.json_items import public_id
from notifier.web.presenters.notification import Shown, shown
from notifier.web.presenters.session import bar

# Beyond this a page is told to load its lists: it shows a few of so many, and a backlog is bounded.
_MOST_BYTES = 131_072
# A page shows three and counts the rest; who asks after an hour has been away.
_MOST_TOASTS = 20
_RENDERER = "notifier.html_events"
_ZEROS = b'data-seq="0" data-position="0"'
_NO_SEQ = b'name="through" value="0"'


def html_events() -> HtmlEvents:
    """This application's: one for all streams, so that those at the same place get the same bytes."""
    found: HtmlEvents = current_app.extensions.setdefault(_RENDERER, HtmlEvents(Partials(current_app.jinja_env)))
    return found


class HtmlEvents(JsonEvents):
    """A `notifier.realtime.ports.Renderer`. Its named events are those of the JSON stream."""

    def __init__(self, partials: Partials) -> None:
        self.draw = partials

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        count = self._count(page.unread, snapshot)
        told = [(seq, self._operation(rows, after, snapshot)) for seq, rows in groupby(changes, key=lambda change: change.seq)]
        if sum(len(count) + len(lines) for _, lines in told) > _MOST_BYTES:
            told = [(changes[-1].seq, self._everything(snapshot))]
        last, lines = told[-1]
        told[-1] = last, lines + self._news(changes, after, snapshot)
        epoch = snapshot.epoch.encode()
        return b"".join(b"id: %b-%d\n%b%b\n" % (epoch, seq, _numbered(count, seq, 0), lines) for seq, lines in told)

    def progress(self, session: Session) -> bytes:
        """Wherever a page shows it. Without an id: it is no step of the inbox."""
        return encode(self.draw.progress(bar(session.shown)))

    def partials(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> str:
        """The same in one, for an answer that is no stream."""
        lines = self._operation(changes, after, snapshot)
        if len(lines) > _MOST_BYTES:
            lines = self._everything(snapshot)
        lines = _numbered(self._count(page.unread, snapshot), page.seq, 0) + lines + self._news(changes, after, snapshot)
        return "\n".join(line.removeprefix("data: ") for line in lines.decode().split("\n"))

    def _operation(self, rows: Iterable[Change], after: int, snapshot: Snapshot) -> bytes:
        lines = b"".join([self._change(change, after, snapshot) for change in rows])
        return lines + self._once(("filtered",), snapshot, self.draw.filtered)

    def _change(self, change: Change, after: int, snapshot: Snapshot) -> bytes:
        key = (change.message_id, change.public_id)
        if change.status in (Status.DELETED, Status.ARCHIVED):
            return self._once(("left", *key), snapshot, lambda: self.draw.left(public_id(change, snapshot)))
        new, moved = change.body_seq > after, change.public_id is not None
        if new and change.position <= after:
            return self._everything(snapshot)

        def draw() -> str:
            item = _shown(change, snapshot)
            return self.draw.arrived(item, moved=moved) if new else self.draw.changed(item)

        lines = self._once(("item", new, change.status, *key), snapshot, draw)
        return _numbered(lines, change.seq, change.position)

    def _news(self, changes: Iterable[Change], after: int, snapshot: Snapshot) -> bytes:
        """Toasts, or one that sums up what was missed, and what is heard of them."""
        new = [change for change in changes if change.body_seq > after and change.status == Status.UNREAD]
        if new and snapshot.replay:
            return data_lines(self.draw.summary(len(new)))
        if len(new) > _MOST_TOASTS:
            return data_lines(self.draw.summary(len(new))) + self._ring(new, snapshot)
        return b"".join([self._toast(change, snapshot) for change in new]) + self._ring(new, snapshot)

    def _toast(self, change: Change, snapshot: Snapshot) -> bytes:
        message = snapshot.messages[change.message_id]
        if not kinds.toasts(message.type, message.priority):
            return b""
        key = ("toast", change.message_id, change.public_id)
        return self._once(key, snapshot, lambda: self.draw.toast(_shown(change, snapshot)))

    def _ring(self, new: Sequence[Change], snapshot: Snapshot) -> bytes:
        heard = next((change for change in reversed(new) if kinds.rings(snapshot.messages[change.message_id].priority)), None)
        if heard is None:
            return b""
        key = ("ring", heard.message_id, heard.public_id)
        return self._once(key, snapshot, lambda: self.draw.ring(public_id(heard, snapshot)))

    def _count(self, unread: int, snapshot: Snapshot) -> bytes:
        return self._once(("count", unread), snapshot, lambda: self.draw.count(unread, 0))

    def _everything(self, snapshot: Snapshot) -> bytes:
        return self._once(("everything",), snapshot, self.draw.everything)

    def _once(self, key: tuple[object, ...], snapshot: Snapshot, draw: Callable[[], str]) -> bytes:
        """What `draw` makes, as lines of an event, kept for all who get it from this snapshot."""
        lines = snapshot.rendered.get(("html", *key))
        if lines is None:
            lines = snapshot.rendered["html", *key] = data_lines(draw())
        return lines


def _numbered(lines: bytes, seq: int, position: int) -> bytes:
    """With the numbers that differ between recipients, where it was drawn with zeros. No text reads like that: quotes are escaped."""
    return lines.replace(_ZEROS, b'data-seq="%d" data-position="%d"' % (seq, position)).replace(_NO_SEQ, b'name="through" value="%d"' % seq)


def _shown(change: Change, snapshot: Snapshot) -> Shown:
    """Without its numbers, which differ between recipients."""
    session = snapshot.sessions.get(change.message_id)
    return shown(snapshot.messages[change.message_id], public_id(change, snapshot), status=change.status, session=session)
