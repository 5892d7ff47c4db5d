"""The parts of a page that change while it is open, drawn outside of any request by the templates that draw the page itself.

Each is an `<hx-partial>`: a target, how it is swapped, and what goes there. A target that a page does not have is passed over, so all
pages get the same. Where a page cannot be told what changed, because it is too much or depends on what that page shows, a note goes into
its `…-sync` place, at which its script loads the list anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment

from notifier.services.inbox.inbox import Head
from notifier.web.presenters.notification import Shown
from notifier.web.presenters.session import Bar

LIST = 20
"""How many the dropdown holds."""
_IN_PLACE = "outerMorph"
_BY_POSITION = "upsert key:data-position sort:desc"


class Partials:
    """`environment`: the application's, with all its templates."""

    def __init__(self, environment: Environment) -> None:
        self._of = environment.get_template

    def count(self, unread: int, seq: int) -> str:
        """Bell, badge, title of the tab, and what is read out. `seq`: how far a page that has this is."""
        return (
            self._draw("_page_title", unread=unread, heading="Notifications")
            + _partial("#bell", _IN_PLACE, self._draw("_bell", unread=unread))
            + _partial("#announce", "innerMorph", self._draw("_unread_announcement", unread=unread))
            + _partial("#through", _IN_PLACE, self._draw("_seq_field", seq=seq))
            + _partial("#mark-all", _IN_PLACE, self._draw("_mark_all_button", unread=unread))
        )

    def arrived(self, item: Shown, *, moved: bool) -> str:
        """At its place in the lists. `moved`: it may have been at another."""
        gone = self._gone(item.id) if moved else ""
        return (
            gone
            + _partial("#inbox-list", _BY_POSITION, self.item(item, "n"))
            + _partial("#history-new", _BY_POSITION, self.item(item, "h"))
        )

    def changed(self, item: Shown) -> str:
        """Where it stands. Lists that it has come back to are loaded anew."""
        return (
            _partial(f"#n-{item.id}", _IN_PLACE, self.item(item, "n"))
            + _partial(f"#h-{item.id}", _IN_PLACE, self.item(item, "h"))
            + self._sync("inbox", within=f"#inbox:not(:has(#n-{item.id}))")
            + self._sync("history", within=f"#history[data-live]:not(:has(#h-{item.id}))")
        )

    def left(self, public_id: str) -> str:
        """It is in no list any more, and the dropdown has room for another."""
        return self._gone(public_id) + self._sync("inbox", within="#inbox:has([data-more=true])")

    def filtered(self) -> str:
        """For a history that shows a choice of them: only the server knows whether this belongs there."""
        return self._sync("history", within="#history:not([data-live])")

    def everything(self) -> str:
        """All lists are loaded anew."""
        return self._sync("inbox") + self._sync("history")

    def lists(self, items: Sequence[Shown], head: Head, *, more: bool) -> str:
        """Count and dropdown, whole."""
        return self.count(head.unread, head.seq) + _partial("#inbox-list", _IN_PLACE, self._draw("_inbox_list", items=items, more=more))

    def undo(self, undo: object) -> str:
        """What can be taken back, or that there is nothing, wherever the page says so."""
        return _partial(".undo", "innerHTML", self._draw("_undo", undo=undo))

    def toast(self, item: Shown) -> str:
        return _partial("#toasts", "afterbegin", self._draw("_toast", item=item))

    def summary(self, count: int) -> str:
        return _partial("#toasts", "afterbegin", self._draw("_summary_toast", count=count))

    def status_message(self, text: str) -> str:
        """A toast that confirms an action of the user whose effect the page does not show."""
        return _partial("#toasts", "afterbegin", self._draw("_status_toast", text=text))

    def ring(self, public_id: str) -> str:
        """Something that may be heard."""
        return _partial("#ring", _IN_PLACE, self._draw("_sound_trigger", public_id=public_id))

    def progress(self, bar: Bar) -> str:
        """Bars stand in items and on the pages of sessions, any number of each."""
        return _partial(f"[data-session='{bar.id}']", _IN_PLACE, self._draw("_progress_bar", bar=bar))

    def item(self, item: Shown, place: str) -> str:
        return self._draw("_item", item=item, place=place)

    def _gone(self, public_id: str) -> str:
        return _partial(f"#n-{public_id}", "delete") + _partial(f"#h-{public_id}", "delete")

    def _sync(self, what: str, within: str = "") -> str:
        return _partial(f"{within} #{what}-sync".lstrip(), "innerHTML", self._draw("_reload_marker", what=what))

    def _draw(self, name: str, **context: object) -> str:
        return self._of(f"partials/{name}.html").render(context)


def _partial(target: str, swap: str, content: str = "") -> str:
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{content}</hx-partial>'
