"""One user's preferences: choices per category and channel, quiet hours, pause, zone, digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from sqlalchemy import Connection, delete, insert, select, update

from notifier import database
from notifier.errors import FieldError, invalid_fields
from notifier.models import Attention, Choice, User
from notifier.services import field_texts
from notifier.services.accounts import page_settings
from notifier.services.hints import publish_hints
from notifier.services.preferences import attention, category_admin, digest_clock, pauses
from notifier.services.validation import Instant, StrictModel

CHANNELS = ("in_app", "email", "push")
_EVERY_DAY = list(range(7))
_OF_ATTENTION = ("paused_until", "digest_time", "digest_day")

WallTime = Annotated[str, Field(pattern=field_texts.WALL_TIME)]
Weekday = Annotated[int, Field(ge=0, le=6)]


def _zone(value: str) -> str:
    if value and value not in page_settings.zones():
        raise ValueError("must be a time zone such as Europe/Berlin, or empty for the browser's")
    return value


class Cells(StrictModel):
    """Choices for one category. null puts a channel back to the default."""

    in_app: Literal["on", "quiet", "off"] | None = None
    email: Literal["off", "at_once", "unread", "hourly", "daily", "weekly"] | None = None
    push: Literal["off", "on"] | None = None


class QuietHours(StrictModel, populate_by_name=True):
    """From `from` to `to` in the user's time zone, over midnight if `to` is not after `from`."""

    start: Annotated[WallTime, Field(alias="from", examples=["22:00"])]
    end: Annotated[WallTime, Field(alias="to", examples=["07:00"])]
    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = _EVERY_DAY
    """The weekdays on which they begin; 0 is Monday."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.start == self.end:
            raise ValueError("must not end where they begin")
        if len(set(self.days)) != len(self.days):
            raise ValueError("names a weekday twice")
        return self


class PreferencesChange(StrictModel):
    """The parts of a user's preferences to change."""

    categories: dict[Annotated[str, Field(max_length=40)], Cells] = Field(max_length=200, default={})
    """By the name of the category."""
    quiet_hours: QuietHours | None = None
    """null for none."""
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_zone)] | None = None
    """A name of the IANA database; null or empty for the browser's."""
    paused_until: Instant | None = None
    """In the future, within a year; null to resume."""
    digest_time: WallTime = "08:00"
    digest_day: Weekday = 0


@dataclass(frozen=True, slots=True)
class Matrix:
    """A user's preferences.

    `categories`: rows of `categories`, in the order of pages. `chosen`: by category id and channel. `attention`: a row, or None.
    `zone`: the name of the zone in which the user's days are; `zone_known`: whether this machine knows it.
    """

    categories: Sequence[Any]
    chosen: Mapping[tuple[int, str], str]
    attention: Any
    zone: str
    zone_known: bool

    def value(self, category: Any, channel: str) -> str:
        """What reaches the user on a channel: the choice, or the default."""
        default: str = getattr(category, channel)
        return default if category.locked else self.chosen.get((category.id, channel), default)

    @property
    def quiet_hours(self) -> dict[str, Any] | None:
        row = self.attention
        return None if row is None or row.quiet_start is None else {"from": row.quiet_start, "to": row.quiet_end, "days": row.quiet_days}

    @property
    def paused_until(self) -> datetime | None:
        """The end of the pause, unless it is over."""
        return None if self.attention is None else pauses.still(self.attention.paused_until)


def of_user(user_id: int) -> Matrix:
    """The preferences of a user."""
    with database.read() as connection:
        return _matrix(connection, user_id)


@database.retry_on_conflict
def change(user_id: int, wanted: PreferencesChange) -> Matrix:
    """Change the given parts of a user's preferences, all or nothing. Returns all of them.

    Raises `Invalid` naming each unknown category and each locked cell.
    """
    given = wanted.model_fields_set
    if wanted.paused_until is not None:
        pauses.check_until(wanted.paused_until, "paused_until")
    with database.write() as transaction:
        pauses.lock(transaction, user_id)
        _choose(transaction, user_id, wanted.categories)
        values: dict[str, Any] = {field: getattr(wanted, field) for field in _OF_ATTENTION if field in given}
        if "quiet_hours" in given:
            values |= _hours(wanted.quiet_hours)
        if values:
            pauses.write(transaction, user_id, values)
        if "paused_until" in given:
            pauses.show_again(transaction, [user_id])
        if "time_zone" in given:
            transaction.execute(update(User).where(User.id == user_id).values(time_zone=wanted.time_zone or ""))
        if given & {"quiet_hours", "time_zone"}:
            attention.roll_in(transaction, user_id)
        if given & {"time_zone", "digest_time", "digest_day"}:
            digest_clock.reschedule(transaction, user_id)
        after = _matrix(transaction, user_id)
    if "paused_until" in given:
        publish_hints([user_id])
    return after


def _matrix(connection: Connection, user_id: int) -> Matrix:
    rows = connection.execute(select(Choice.category_id, Choice.channel, Choice.value).where(Choice.user_id == user_id))
    chosen = {(row.category_id, row.channel): row.value for row in rows}
    zones = connection.execute(select(User.time_zone, User.browser_zone).where(User.id == user_id)).one()
    row = connection.execute(select(Attention.__table__).where(Attention.user_id == user_id)).one_or_none()
    zone = zones.time_zone or zones.browser_zone or "UTC"
    return Matrix(category_admin.active(connection), chosen, row, zone, zone in page_settings.zones())


def _hours(wanted: QuietHours | None) -> dict[str, Any]:
    if wanted is None:
        return {"quiet_start": None, "quiet_end": None, "quiet_days": []}
    return {"quiet_start": wanted.start, "quiet_end": wanted.end, "quiet_days": sorted(wanted.days)}


def _choose(transaction: Connection, user_id: int, wanted: Mapping[str, Cells]) -> None:
    """Write the cells that are given; what equals the default is removed. Last write wins per cell."""
    if not wanted:
        return
    categories = {row.slug: row for row in category_admin.active(transaction)}
    wrong = [FieldError(f"categories.{slug}", "there is no such category") for slug in wanted if slug not in categories]
    for slug, cells in wanted.items():
        if slug in categories and categories[slug].locked:
            named = [channel for channel in CHANNELS if getattr(cells, channel) is not None]
            wrong += [FieldError(f"categories.{slug}.{channel}", "is set by your administrator") for channel in named]
    if wrong:
        raise invalid_fields(wrong)
    for slug, cells in wanted.items():
        row = categories[slug]
        for channel in cells.model_fields_set:
            cell = (Choice.category_id == row.id) & (Choice.user_id == user_id) & (Choice.channel == channel)
            value = getattr(cells, channel)
            transaction.execute(delete(Choice).where(cell))
            if value is not None and value != getattr(row, channel):
                key = {"category_id": row.id, "user_id": user_id, "channel": channel}
                transaction.execute(insert(Choice).values(**key, value=value))
