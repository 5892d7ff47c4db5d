"""The HTML stream of `GET /stream`: the same events as partials that htmx swaps.

A partial is the same for all recipients but for two numbers, so each message is rendered once and the numbers are filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import cast

from flask import current_app

from notifier.models.columns import now, utc
from notifier.models.notification import OUT_OF_LISTS, Status
from notifier.realtime.snapshot import Change, Page, Session, Snapshot
from notifier.realtime.sse import data_lines, encode
from notifier.services.accounts.page_settings import PageSettings
from notifier.web.events.json import JsonEvents
from notifier.web.events.partials import Partials
from notifier.web.presenters.announcement import makes_sound, makes_toast
from notifier.web.presenters.notification import ItemView, item_view, public_id
from notifier.web.presenters.pause import pause_text
from notifier.web.presenters.session import progress_bar

# Over this the page loads its lists instead: it shows only a few of so many, and a backlog is bounded.
_MAX_BYTES = 131_072
# A page shows three toasts and counts the rest; with more, the user was away.
_MAX_TOASTS = 20
# A stream that moves from one tab to another is no absence: what came meanwhile appears as itself.
_MAX_REPLAYED_TOASTS = 3
_MAX_TOAST_AGE_SECONDS = 10
_RENDERER = "notifier.html_events"
_ZEROS = b'data-seq="0" data-position="0"'
_NO_SEQ = b'name="through" value="0"'


def html_events() -> HtmlEvents:
    """The application's renderer.

    One for all streams, so that those at the same cursor share the same bytes.
    """
    found: HtmlEvents = current_app.extensions.setdefault(_RENDERER, HtmlEvents(Partials(current_app.jinja_env)))
    return found


class HtmlEvents(JsonEvents):
    """The events of a user's stream as HTML. The named ones are those of the JSON stream."""

    shows_listed = True

    def __init__(self, partials: Partials, clock: Callable[[], datetime] = now) -> None:
        self.draw = partials
        self._clock = clock

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        count = self._count(page, snapshot)
        steps = [(seq, self._operation(rows, after, snapshot)) for seq, rows in groupby(changes, key=lambda change: change.seq)]
        if sum(len(count) + len(lines) for _, lines in steps) > _MAX_BYTES:
            steps = [(changes[-1].seq, self._everything(snapshot))]
        last, lines = steps[-1]
        steps[-1] = last, lines + self._announcements(changes, after, snapshot)
        epoch = snapshot.epoch.encode()
        return b"".join(b"id: %b-%d\n%b%b\n" % (epoch, seq, _numbered(count, seq, 0), lines) for seq, lines in steps)

    def settings(self, settings: object) -> bytes:
        """The pause, which may have begun or ended on another device.

        Without an id: it does not change the inbox.
        """
        return encode(self.draw.pause(pause_text(cast(PageSettings, settings))))

    def progress(self, session: Session) -> bytes:
        """The progress bar, wherever a page shows it. Without an id: progress does not change the inbox."""
        return encode(self.draw.progress(progress_bar(session.shown)))

    def partials(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> str:
        """All changes as one piece of HTML, for an answer that is not a stream."""
        lines = self._operation(changes, after, snapshot)
        if len(lines) > _MAX_BYTES:
            lines = self._everything(snapshot)
        lines = _numbered(self._count(page, snapshot), page.seq, 0) + lines + self._announcements(changes, after, snapshot)
        return "\n".join(line.removeprefix("data: ") for line in lines.decode().split("\n"))

    def _operation(self, rows: Iterable[Change], after: int, snapshot: Snapshot) -> bytes:
        lines = b"".join([self._change(change, after, snapshot) for change in rows])
        return lines + self._once(("filtered",), snapshot, self.draw.filtered)

    def _change(self, change: Change, after: int, snapshot: Snapshot) -> bytes:
        key = (change.message_id, change.public_id)
        if change.status == Status.DELETED or change.status in OUT_OF_LISTS:
            return self._once(("left", *key), snapshot, lambda: self.draw.left(public_id(change, snapshot)))
        new, moved = change.body_seq > after, change.public_id is not None or change.snoozed_until is not None
        if new and change.position <= after:
            return self._everything(snapshot)

        def draw() -> str:
            item = _view(change, snapshot)
            return self.draw.arrived(item, moved=moved) if new else self.draw.changed(item)

        lines = self._once(("item", new, moved, change.status, change.answer, *key), snapshot, draw)
        return _numbered(lines, change.seq, change.position)

    def _announcements(self, changes: Iterable[Change], after: int, snapshot: Snapshot) -> bytes:
        """Toasts and a sound for new notifications that are not quiet, or one toast that counts them."""
        new = [change for change in changes if change.body_seq > after and change.status == Status.UNREAD and not change.quiet]
        if new and snapshot.replay and not self._all_young(new):
            return data_lines(self.draw.summary(len(new)))
        if len(new) > _MAX_TOASTS:
            return data_lines(self.draw.summary(len(new))) + self._sound(new, snapshot)
        return b"".join([self._toast(change, snapshot) for change in new]) + self._sound(new, snapshot)

    def _all_young(self, new: Sequence[Change]) -> bool:
        """Whether the changes of a replay are so few and recent that the user was not away."""
        ages = [self._clock() - utc(change.changed_at) for change in new if change.changed_at is not None]
        return len(new) == len(ages) <= _MAX_REPLAYED_TOASTS and max(ages) < timedelta(seconds=_MAX_TOAST_AGE_SECONDS)

    def _toast(self, change: Change, snapshot: Snapshot) -> bytes:
        message = snapshot.messages[change.message_id]
        if not makes_toast(message.type, message.priority):
            return b""
        key = ("toast", change.message_id, change.public_id)
        return self._once(key, snapshot, lambda: self.draw.toast(_view(change, snapshot)))

    def _sound(self, new: Sequence[Change], snapshot: Snapshot) -> bytes:
        loud = next((change for change in reversed(new) if makes_sound(snapshot.messages[change.message_id].priority)), None)
        if loud is None:
            return b""
        key = ("ring", loud.message_id, loud.public_id)
        return self._once(key, snapshot, lambda: self.draw.ring(public_id(loud, snapshot)))

    def _count(self, page: Page, snapshot: Snapshot) -> bytes:
        """Both counts, each cached by itself.

        Most pairs of the two would be those of a single recipient.
        """
        unread = self._once(("count", page.unread), snapshot, lambda: self.draw.count(page.unread, 0))
        return unread + self._once(("listed", page.listed), snapshot, lambda: self.draw.listed(page.listed))

    def _everything(self, snapshot: Snapshot) -> bytes:
        return self._once(("everything",), snapshot, self.draw.everything)

    def _once(self, key: tuple[object, ...], snapshot: Snapshot, draw: Callable[[], str]) -> bytes:
        """The output of `draw` as lines of an event.

        Cached for all connections that are served from this snapshot.
        """
        lines = snapshot.rendered.get(("html", *key))
        if lines is None:
            lines = snapshot.rendered["html", *key] = data_lines(draw())
        return lines


def _numbered(lines: bytes, seq: int, position: int) -> bytes:
    """Replace the zeros of the templates by the recipient's numbers.

    No text can look like them: quotes in texts are escaped.
    """
    return lines.replace(_ZEROS, b'data-seq="%d" data-position="%d"' % (seq, position)).replace(_NO_SEQ, b'name="through" value="%d"' % seq)


def _view(change: Change, snapshot: Snapshot) -> ItemView:
    """The item without its numbers, which differ between recipients."""
    session = snapshot.sessions.get(change.message_id)
    return item_view(
        snapshot.messages[change.message_id], public_id(change, snapshot), status=change.status, session=session, answer=change.answer
    )
