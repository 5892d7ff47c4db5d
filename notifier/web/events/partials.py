"""The parts of a page that change while it is open, rendered by the page's own templates.

They are rendered outside of any request.
Each is an `<hx-partial>`: a target, a swap style and the content. htmx ignores targets that a page does not have, so all pages get the
same. Where the changes are too many, or depend on the filter of that page, a marker goes into its `…-sync` element instead, at which the
page's script loads the list again.
"""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment

from notifier.services.inbox.inbox import Head
from notifier.web.presenters.notification import ItemView
from notifier.web.presenters.session import ProgressBar

LIST_LENGTH = 20
"""The length of the list in the dropdown."""
_IN_PLACE = "outerMorph"
_BY_POSITION = "upsert key:data-position sort:desc"


class Partials:
    """`environment`: the Jinja environment of the application."""

    def __init__(self, environment: Environment) -> None:
        self._of = environment.get_template

    def count(self, unread: int, seq: int) -> str:
        """Bell, badge, tab title and screen reader text. `seq`: the cursor of a page that has this."""
        return (
            self._draw("_page_title", unread=unread, heading="Notifications")
            + _partial("#bell", _IN_PLACE, self._draw("_bell", unread=unread))
            + _partial("#announce", "innerMorph", self._draw("_unread_announcement", unread=unread))
            + _partial("#through", _IN_PLACE, self._draw("_seq_field", seq=seq))
            + _partial("#mark-all", _IN_PLACE, self._draw("_mark_all_button", unread=unread))
        )

    def listed(self, total: int) -> str:
        """The number of notifications in a history without a filter, and the button that clears them."""
        return _partial("#clear", _IN_PLACE, self._draw("_clear_button", total=total)) + _partial(
            "body:has(#history[data-live]) #list-count", _IN_PLACE, self._draw("_list_count", total=total)
        )

    def arrived(self, item: ItemView, *, moved: bool) -> str:
        """A new item at its position in the lists. `moved`: it may be at another position already."""
        removed = self._removed(item.id) if moved else ""
        return (
            removed
            + _partial("#inbox-list", _BY_POSITION, self.item(item, "n"))
            + _partial("#history-new", _BY_POSITION, self.item(item, "h"))
        )

    def changed(self, item: ItemView) -> str:
        """An item in its place. Lists that it has come back to are loaded again."""
        return (
            _partial(f"#n-{item.id}", _IN_PLACE, self.item(item, "n"))
            + _partial(f"#h-{item.id}", _IN_PLACE, self.item(item, "h"))
            + self._sync("inbox", within=f"#inbox:not(:has(#n-{item.id}))")
            + self._sync("history", within=f"#history[data-live]:not(:has(#h-{item.id}))")
        )

    def left(self, public_id: str) -> str:
        """Remove an item from all lists. The dropdown then has room for another one."""
        return self._removed(public_id) + self._sync("inbox", within="#inbox:has([data-more=true])")

    def filtered(self) -> str:
        """For a history with a filter: only the server knows whether the item matches it."""
        return self._sync("history", within="#history:not([data-live])")

    def everything(self) -> str:
        """Load all lists again."""
        return self._sync("inbox") + self._sync("history")

    def lists(self, items: Sequence[ItemView], head: Head, *, more: bool) -> str:
        """The count and the whole dropdown."""
        return self.count(head.unread, head.seq) + _partial("#inbox-list", _IN_PLACE, self._draw("_inbox_list", items=items, more=more))

    def undo(self, undo: object) -> str:
        """The offer to undo, or none, wherever the page shows it."""
        return _partial(".undo", "innerHTML", self._draw("_undo", undo=undo))

    def toast(self, item: ItemView) -> str:
        return _partial("#toasts", "afterbegin", self._draw("_toast", item=item))

    def summary(self, count: int) -> str:
        return _partial("#toasts", "afterbegin", self._draw("_summary_toast", count=count))

    def status_message(self, text: str) -> str:
        """A toast that confirms an action of the user whose effect the page does not show."""
        return _partial("#toasts", "afterbegin", self._draw("_status_toast", text=text))

    def pause(self, paused: str) -> str:
        """The part of the panel that pauses. `paused`: until when it is paused, or empty."""
        return _partial("#pause", _IN_PLACE, self._draw("_pause", paused=paused))

    def ring(self, public_id: str) -> str:
        """The element whose change plays the sound, for users who turned it on."""
        return _partial("#sound-trigger", _IN_PLACE, self._draw("_sound_trigger", public_id=public_id))

    def progress(self, bar: ProgressBar) -> str:
        """A progress bar, in items and on the pages of sessions, any number of each.

        The pages of sessions load their changing part again when a session is not listed yet, and when it has ended.
        """
        own = f"[data-session='{bar.id}']"
        shown = f"main:has({own})" if bar.over else f"main:has(#sessions[data-first]):not(:has({own}))"
        return _partial(own, _IN_PLACE, self._draw("_progress_bar", bar=bar)) + self._sync("sessions", within=shown)

    def item(self, item: ItemView, place: str) -> str:
        return self._draw("_item", item=item, place=place)

    def _removed(self, public_id: str) -> str:
        return _partial(f"#n-{public_id}", "delete") + _partial(f"#h-{public_id}", "delete")

    def _sync(self, what: str, within: str = "") -> str:
        return _partial(f"{within} #{what}-sync".lstrip(), "innerHTML", self._draw("_reload_marker", what=what))

    def _draw(self, name: str, **context: object) -> str:
        return self._of(f"partials/{name}.html").render(context)


def _partial(target: str, swap: str, content: str = "") -> str:
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{content}</hx-partial>'
