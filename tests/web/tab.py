"""A model of an open page without a browser: the contents of its lists after partials were swapped in.

It implements of htmx what the partials use: delete, replace in place, insert by position, and ignore a target that does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

LISTED = 20
_ONE = re.compile(r"#(n|h)-([0-9a-f-]{36})")
_SYNC = re.compile(r"(?P<within>.*?) ?#(?P<what>inbox|history)-sync")
_VOID = ("input", "img", "use", "path", "circle", "br", "meta", "link", "rect")


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a list."""

    id: str
    seq: int
    position: int
    status: str
    title: str


@dataclass
class Part:
    """One partial. `rows`: the items in it; `toasts`: the titles of the toasts in it."""

    target: str
    swap: str
    rows: list[Row] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    more: bool = False
    label: str = ""


class Parts(HTMLParser):
    """The partials of an answer; a whole page is the one partial `page`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.page = Part("page", "")
        self.parts: list[Part] = []
        self.title = ""
        self.cursor = ""
        self._part = self.page
        self._row: dict[str, str] | None = None
        self._text = ""
        self._reading = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        kind = given.get("class", "")
        if tag == "hx-partial":
            self._part = Part(given["hx-target"], given["hx-swap"])
            self.parts.append(self._part)
        elif tag == "li" and kind == "item":
            self._row = given
        elif kind in ("item-title", "toast-title") or tag == "title":
            self._reading, self._text = kind or tag, ""
        elif given.get("id") == "inbox-list":
            self._part.more = given["data-more"] == "true"
        elif given.get("id") == "bell":
            self._part.label = given["aria-label"]
        elif given.get("id") == "stream":
            self.cursor = given["data-cursor"]

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "hx-partial":
            self._part = self.page
        if tag not in ("p", "title", "summary") or not self._reading:
            return
        text, reading, self._reading = self._text.strip(), self._reading, ""
        if reading == "toast-title":
            self._part.toasts.append(text)
        elif reading == "title":
            self.title = text
        elif self._row is not None:
            row = self._row
            title = text.removeprefix("Unread: ")
            self._part.rows.append(Row(row["id"], int(row["data-seq"]), int(row["data-position"]), row["data-status"], title))


@dataclass
class Tab:
    """`reload` requests the lists: partials and their cursor. An answer that is not newer than the page is ignored."""

    reload: Callable[[], tuple[str, str]]
    cursor: str = ""
    rows: dict[str, list[Row]] = field(default_factory=lambda: {"n": [], "h": []})
    fresh: list[Row] = field(default_factory=list)
    """The history's items that arrived after the page was rendered."""
    more: bool = False
    live: bool = True
    """Whether its history has no filter."""
    label: str = ""
    title: str = ""
    toasts: list[str] = field(default_factory=list)
    reloads: int = 0

    def open(self, page: str) -> None:
        """Load a whole page."""
        parts = Parts(page)
        self.rows = {place: [row for row in parts.page.rows if row.id.startswith(place)] for place in "nh"}
        self.fresh = []
        self.more, self.label, self.title = parts.page.more, parts.page.label, parts.title
        self.cursor = parts.cursor

    def put(self, html: str, cursor: str) -> None:
        """Swap in an answer whose cursor is `cursor`, as htmx and the page's script do."""
        if _seq(cursor) <= _seq(self.cursor):
            return
        self.cursor = cursor
        self._show(html)

    def shown(self, place: str) -> list[Row]:
        return (self.fresh if place == "h" else []) + self.rows[place]

    def _show(self, html: str) -> None:
        parts = Parts(html)
        self.title = parts.title or self.title
        syncs = [self._put(part) for part in parts.parts]
        if len(self.rows["n"]) > LISTED:
            self.rows["n"], self.more = self.rows["n"][:LISTED], True
        if any(syncs):
            self.reloads += 1
            html, self.cursor = self.reload()
            self._show(html)

    def _put(self, part: Part) -> bool:
        """Swap in one partial. Return whether it asks to reload the lists."""
        sync = _SYNC.fullmatch(part.target)
        if sync:
            return self._exists(sync["within"])
        one = _ONE.fullmatch(part.target)
        if one:
            self._replace(one[1], f"{one[1]}-{one[2]}", part.rows)
        elif part.target == "#inbox-list" and part.swap == "outerMorph":
            self.rows["n"], self.more = part.rows, part.more
        elif part.target == "#inbox-list":
            self._upsert(self.rows["n"], part)
        elif part.target == "#history-new":
            if self.live:
                self._upsert(self.fresh, part)
        elif part.target == "#history":
            self.rows["h"], self.fresh = part.rows, []
        elif part.target == "#bell":
            self.label = part.label
        elif part.target == "#toasts":
            self.toasts += part.toasts
        else:
            assert part.target in (
                "#announce",
                "#through",
                "body:has(#history[data-live]) #list-count",
                "#filter-status",
                "#list-count",
                "#mark-all",
                "#clear",
                "#sound-trigger",
                ".undo",
            ), part.target
        return False

    def _exists(self, within: str) -> bool:
        """Whether the page has an element that matches the selector `within`."""
        absent = re.fullmatch(r"#(?:inbox|history\[data-live\]):not\(:has\(#([nh])-(.+)\)\)", within)
        if absent:
            here = absent[1] == "n" or self.live
            return here and f"{absent[1]}-{absent[2]}" not in [row.id for row in self.shown(absent[1])]
        return {"": True, "#inbox:has([data-more=true])": self.more, "#history:not([data-live])": not self.live}[within]

    def _replace(self, place: str, id: str, by: list[Row]) -> None:
        for rows in (self.rows[place], self.fresh):
            for index, row in enumerate(rows):
                if row.id == id:
                    rows[index : index + 1] = by
                    return

    def _upsert(self, rows: list[Row], part: Part) -> None:
        """Insert items by position; an item that is already on the page is replaced where it is."""
        assert part.swap == "upsert key:data-position sort:desc"
        for new in part.rows:
            if any(row.id == new.id for row in self.shown(new.id[0])):
                self._replace(new.id[0], new.id, [new])
                continue
            index = next((index for index, row in enumerate(rows) if new.position > row.position), len(rows))
            rows.insert(index, new)


def _seq(cursor: str) -> int:
    return int(cursor.partition("-")[2])
