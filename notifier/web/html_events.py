"""The HTML stream of `GET /stream` (contract §3.2): the same events as ready partials, which htmx puts into any of our pages.

What is drawn does not depend on who reads it, but for a front of two numbers: it is made once per message for all recipients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from flask import current_app

from notifier.models.notification import Status
from notifier.realtime.renderer import Change, Page, Snapshot
from notifier.realtime.sse import Cursor, encode
from notifier.web import kinds
from notifier.web.json_events import JsonEvents
from notifier.web.partials import Partials
from notifier.web.shown import Shown, shown

# Beyond this a page is told to load its lists: it shows a few of so many, and a backlog is bounded.
_MOST_BYTES = 131_072
_RENDERER = "notifier.html_events"
_NUMBERS = 'data-seq="0" data-position="0"'


def html_events() -> HtmlEvents:
    """This application's: one for all streams, so that those at the same place get the same bytes."""
    app = current_app
    found: HtmlEvents | None = app.extensions.get(_RENDERER)
    if found is None:
        found = app.extensions[_RENDERER] = HtmlEvents(Partials(app.jinja_env))
    return found


class HtmlEvents(JsonEvents):
    """A `notifier.realtime.renderer.Renderer`. Its named events are those of the JSON stream."""

    def __init__(self, partials: Partials) -> None:
        self.draw = partials

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        operations = [(seq, list(rows)) for seq, rows in groupby(changes, key=lambda change: change.seq)]
        told = [(seq, self._operation(rows, after, page, snapshot)) for seq, rows in operations]
        count = self._count(page, snapshot)
        if sum(len(count) + len(html) for _, html in told) > _MOST_BYTES:
            told = [(changes[-1].seq, self.draw.everything())]
        last = told[-1][0]
        ends = {last: self.news(changes, after, snapshot)}
        return b"".join(
            encode(count.replace('value="0"', f'value="{seq}"', 1) + html + ends.get(seq, ""), id=str(Cursor(snapshot.epoch, seq)))
            for seq, html in told
        )

    def partials(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> str:
        """All `changes` at once, outside of a stream."""
        html = self._operation(changes, after, page, snapshot)
        if len(html) > _MOST_BYTES:
            html = self.draw.everything()
        return self.draw.count(page.unread, page.seq) + html + self.news(changes, after, snapshot)

    def news(self, changes: Sequence[Change], after: int, snapshot: Snapshot) -> str:
        """Toasts, or one that sums up what was missed, and what is heard of them."""
        new = [change for change in changes if change.body_seq > after and change.status == Status.UNREAD]
        if not new:
            return ""
        if snapshot.replay:
            return self.draw.summary(len(new))
        told = [(change, snapshot.messages[change.message_id]) for change in new]
        toasts = [
            self._once(("toast", *_text(change)), snapshot, lambda c=change: self.draw.toast(_shown(c, snapshot)))  # type: ignore[misc]
            for change, message in told
            if kinds.toasts(message.type, message.priority)
        ]
        heard = [_id(change, snapshot) for change, message in told if kinds.rings(message.priority)]
        return "".join(toasts) + (self.draw.ring(heard[-1]) if heard else "")

    def _operation(self, rows: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> str:
        return "".join(self._change(change, after, snapshot) for change in rows) + self.draw.filtered()

    def _change(self, change: Change, after: int, snapshot: Snapshot) -> str:
        if change.status in (Status.DELETED, Status.ARCHIVED):
            return self._once(("left", *_text(change)), snapshot, lambda: self.draw.left(_id(change, snapshot)))
        new, moved = change.body_seq > after, change.public_id is not None
        if new and change.position <= after:
            return self._once(("back",), snapshot, self.draw.everything)

        def draw() -> str:
            item = _shown(change, snapshot)
            return self.draw.arrived(item, moved=moved) if new else self.draw.changed(item)

        html = self._once(("item", new, change.status, *_text(change)), snapshot, draw)
        return html.replace(_NUMBERS, f'data-seq="{change.seq}" data-position="{change.position}"')

    def _count(self, page: Page, snapshot: Snapshot) -> str:
        return self._once(("count", page.unread), snapshot, lambda: self.draw.count(page.unread, 0))

    def _once(self, key: tuple[object, ...], snapshot: Snapshot, draw: Callable[[], str]) -> str:
        kept = snapshot.rendered.get(("html", *key))
        if kept is None:
            kept = snapshot.rendered["html", *key] = draw().encode()
        return kept.decode()


def _text(change: Change) -> tuple[int, str | None]:
    """What of a change says how it is drawn, its status apart."""
    return change.message_id, change.public_id


def _shown(change: Change, snapshot: Snapshot) -> Shown:
    """Without its numbers, which differ between recipients."""
    return shown(snapshot.messages[change.message_id], _id(change, snapshot), status=change.status)


def _id(change: Change, snapshot: Snapshot) -> str:
    public_id: str = change.public_id or snapshot.messages[change.message_id].public_id
    return public_id
