"""Times as users name them, such as tomorrow at eight, and instants as text in their zone. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal

When = Literal["hour", "tomorrow", "monday"]
_MORNING = time(8)
_WEEK = 7


def ahead(when: When, zone: tzinfo, now: datetime) -> datetime:
    """The instant of a choice: in an hour, tomorrow at 08:00, or on the next Monday at 08:00."""
    if when == "hour":
        return now + timedelta(hours=1)
    today = now.astimezone(zone).date()
    days = 1 if when == "tomorrow" else _WEEK - today.weekday()
    return datetime.combine(today + timedelta(days=days), _MORNING, zone).astimezone(UTC)


def local(text: str, zone: tzinfo) -> datetime:
    """The instant of a wall time such as `2026-12-01T08:00`. Raises `ValueError`."""
    wall = datetime.fromisoformat(text)
    if wall.tzinfo is not None:
        raise ValueError("must be a date and a time")
    try:
        return wall.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:  # the first or the last hours of the calendar, which are beyond it in UTC
        raise ValueError("must be a date and a time") from None


def day_and_time(instant: datetime, zone: tzinfo, now: datetime) -> str:
    """`today 22:00`, `tomorrow 07:00`, `Monday 08:00` or `4 December 2026 08:00`."""
    wall = instant.astimezone(zone)
    days = (wall.date() - now.astimezone(zone).date()).days
    names = {0: "today", 1: "tomorrow"}
    day = names.get(days) or (f"{wall:%A}" if 0 < days < _WEEK else f"{wall.day} {wall:%B %Y}")
    return f"{day} {wall:%H:%M}"


def until(instant: datetime, zone: tzinfo, now: datetime) -> str:
    """As `day_and_time`, without the day where it is today: `15:40`."""
    return day_and_time(instant, zone, now).removeprefix("today ")
