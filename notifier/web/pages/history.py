"""The history: which notifications a page of it shows, by day, and what can be done to all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Annotated, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import render_template, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from notifier.models.columns import now
from notifier.models.notification import Status
from notifier.services.accounts import preferences
from notifier.services.accounts.users import Account
from notifier.services.inbox import inbox, receipts
from notifier.services.inbox.inbox import Filter
from notifier.services.validation import Line
from notifier.web.http.pagination import Whole
from notifier.web.http.request_body import checked
from notifier.web.pages.layout import shows
from notifier.web.presenters.notification import Shown, of_listing

_FIRST = 20
_MOST = 200


class Asked(BaseModel):
    """What the address of a history says. A form sends all its fields: an empty one is none."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["", "unread", "archived"] = ""
    type: Annotated[Line, Field(max_length=64)] = ""
    q: Annotated[Line, Field(max_length=200), BeforeValidator(str.strip)] = ""
    before: Annotated[Whole, Field(ge=1, lt=2**62)] | None = None
    limit: Annotated[Whole, Field(ge=1, le=_MOST)] = _FIRST
    day: date | None = None
    """The day that the page before ended with."""
    shown: Annotated[Whole, Field(ge=0)] = 0
    """How many stand on the pages before."""
    through: Annotated[Whole, Field(ge=0, lt=2**62)] | None = None
    """The operation it had come to, where it is asked about later."""

    @property
    def filter(self) -> Filter:
        status = Status(self.status) if self.status else None
        return Filter(status=status, type=self.type or None, query=self.q or None, through=self.through)

    @property
    def plain(self) -> bool:
        """Whether it shows whatever there is, so that what arrives belongs there."""
        return not (self.status or self.type or self.q)

    @property
    def query(self) -> str:
        """The filters, as they stand in an address."""
        return urlencode({name: value for name, value in (("status", self.status), ("type", self.type), ("q", self.q)) if value})


@dataclass(frozen=True, slots=True)
class Day:
    """`label` is empty where the page before has begun the day."""

    date: date
    label: str
    items: list[Shown]


@dataclass(frozen=True, slots=True)
class History:
    """`total` and `unread`: how many the filters show, on all pages. `before`: where the next page begins, or None.

    `bulk`: the query of an action on all that are counted here, and on none that comes later.
    """

    asked: Asked
    days: list[Day]
    total: int
    unread: int
    before: int | None
    types: Sequence[str]
    bulk: str

    @property
    def shown(self) -> int:
        """How many stand on this page and those before, as far as one answer can hold them."""
        return min(self.asked.shown + sum(len(day.items) for day in self.days), _MOST)

    @property
    def last_day(self) -> date | None:
        return self.days[-1].date if self.days else None


def asked() -> Asked:
    """What this request asks for. Raises `Invalid`."""
    return checked(Asked, {name: value for name, value in request.args.items() if value != ""})


def read(account: Account, asked: Asked) -> History:
    """A page of it; what a browser is about to show counts as seen."""
    found = inbox.listing(account.id, asked.filter, limit=asked.limit, before=asked.before)
    total, unread = inbox.count(account.id, replace(asked.filter, through=account.head))
    if shows():
        receipts.seen(account.id, [row.row_id for row in found.items])
    zone = preferences.of(account.id).zone
    days = _by_day(of_listing(found), zone, asked.day)
    bulk = "&".join(filter(None, (asked.query, f"through={account.head}")))
    return History(asked, days, total, unread, found.before, inbox.types(account.id), bulk)


def partial(account: Account, asked: Asked) -> str:
    """The whole list as it is now, for the page that has asked for it."""
    return render_template("partials/_history_partial.html", history=read(account, asked))


def _by_day(items: Sequence[Shown], zone: ZoneInfo, begun: date | None) -> list[Day]:
    today = now().astimezone(zone).date()
    by_day = groupby(items, key=lambda item: item.created_at.astimezone(zone).date())
    days = [(day, list(group)) for day, group in by_day]
    return [Day(day, "" if index == 0 and day == begun else _label(day, today), group) for index, (day, group) in enumerate(days)]


def _label(day: date, today: date) -> str:
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return f"{day:%A}, {day.day} {day:%B %Y}"
