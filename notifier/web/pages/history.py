"""The history page: notifications by day, filters, and bulk actions on what they select."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Annotated, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, render_template, request, url_for
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from notifier.models.columns import now
from notifier.models.notification import OUT_OF_LISTS, Status
from notifier.services import bookkeeping
from notifier.services.accounts import page_settings
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox, receipts
from notifier.services.inbox.filters import Filter
from notifier.services.validation import Line
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import checked
from notifier.web.pages.browser_request import is_htmx, is_viewed, redirect_to
from notifier.web.pages.error_pages import page_blueprint
from notifier.web.pages.layout import render_page
from notifier.web.pages.visitor import current_visitor
from notifier.web.presenters.notification import ItemView, item_views

_PAGE_SIZE = 20
STATUSES = (("", "All"), ("unread", "Unread"), ("archived", "Archived"), ("snoozed", "Snoozed"))
"""(value, label) of each choice of a status."""
_MAX_PAGE_SIZE = 200

blueprint = page_blueprint("history", __name__)


class HistoryQuery(BaseModel):
    """The query of a history page. A form sends all its fields: an empty one counts as absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["", "unread", "archived", "snoozed"] = ""
    type: Annotated[Line, Field(max_length=64)] = ""
    q: Annotated[Line, Field(max_length=200), BeforeValidator(str.strip)] = ""
    before: Annotated[Whole, Field(ge=1, lt=2**62)] | None = None
    limit: Annotated[Whole, Field(ge=1, le=_MAX_PAGE_SIZE)] = _PAGE_SIZE
    day: date | None = None
    """The day at which the previous page ended."""
    shown: Annotated[Whole, Field(ge=0)] = 0
    """Number of items on the previous pages."""
    through: Annotated[Whole, Field(ge=0, lt=2**62)] | None = None
    """Only notifications up to this seq: those that arrive later are left out."""

    @property
    def filter(self) -> Filter:
        status = Status(self.status) if self.status else None
        return Filter(status=status, type=self.type or None, query=self.q or None, through=self.through)

    @property
    def unfiltered(self) -> bool:
        """Whether the page shows every notification.

        Only then may new ones be inserted without asking the server.
        """
        return not (self.status or self.type or self.q)

    @property
    def query_string(self) -> str:
        """The filters, URL-encoded."""
        return urlencode({name: value for name, value in (("status", self.status), ("type", self.type), ("q", self.q)) if value})


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a page. `label` is empty if the previous page already shows the heading."""

    date: date
    label: str
    items: list[ItemView]


@dataclass(frozen=True, slots=True)
class History:
    """One page of the history.

    `total` and `unread` count what the filters select on all pages; `before`: where the next page begins.
    `bulk`: the query of an action on exactly the notifications counted here, and on none that arrives later.
    """

    query: HistoryQuery
    days: list[Day]
    total: int
    unread: int
    before: int | None
    types: Sequence[str]
    bulk: str
    all: int | None = None
    """The number of all that are listed, archived or snoozed, if the filters show only some of these."""
    statuses: Sequence[tuple[str, str]] = STATUSES

    @property
    def shown(self) -> int:
        """Number of items on this page and the previous ones, at most what one answer can hold."""
        return min(self.query.shown + sum(len(day.items) for day in self.days), _MAX_PAGE_SIZE)

    @property
    def last_day(self) -> date | None:
        return self.days[-1].date if self.days else None


@blueprint.get("/")
def root() -> Response:
    return redirect_to(url_for(".page"))


@blueprint.get("/notifications")
def page() -> str:
    visitor = current_visitor()
    query = from_request()
    history = read(visitor.account, query)
    if is_htmx():
        return render_template("partials/_history_more.html" if query.before else "partials/_history_update.html", history=history)
    return render_page("pages/history.html", visitor, history=history)


def from_request() -> HistoryQuery:
    """The query of this request. Raises `Invalid`."""
    return checked(HistoryQuery, {name: value for name, value in request.args.items() if value != ""})


def read(account: Account, query: HistoryQuery) -> History:
    """Read one page; the notifications that the browser is about to show are recorded as seen."""
    found = inbox.listing(account.id, query.filter, limit=query.limit, before=query.before)
    total, unread = inbox.count(account.id, replace(query.filter, through=account.head))
    if is_viewed():
        rows = [row.row_id for row in found.items]
        bookkeeping.record("what a page shows", lambda: receipts.seen(account.id, rows))
    zone = page_settings.get(account.id).zone
    days = _by_day(item_views(found, zone), zone, query.day)
    bulk = "&".join(filter(None, (query.query_string, f"through={account.head}")))
    # What is archived or snoozed is not among all.
    apart = query.status if query.status in OUT_OF_LISTS else ""
    whole = HistoryQuery(status=apart)
    everything = (
        None if query.query_string == whole.query_string else inbox.count(account.id, replace(whole.filter, through=account.head))[0]
    )
    return History(query, days, total, unread, found.before, inbox.types(account.id), bulk, everything)


def render_update(account: Account, query: HistoryQuery) -> str:
    """The whole list, as a partial that replaces the one on an open page."""
    return render_template("partials/_history_update.html", history=read(account, query))


def _by_day(items: Sequence[ItemView], zone: ZoneInfo, previous_day: date | None) -> list[Day]:
    today = now().astimezone(zone).date()
    by_day = groupby(items, key=lambda item: item.created_at.astimezone(zone).date())
    days = [(day, list(group)) for day, group in by_day]
    return [Day(day, "" if index == 0 and day == previous_day else _label(day, today), group) for index, (day, group) in enumerate(days)]


def _label(day: date, today: date) -> str:
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    if today - day < timedelta(days=7):
        return f"{day:%A}"
    return f"{day:%A}, {day.day} {day:%B %Y}"
