"""Quiet hours: from local wall times on weekdays to windows in UTC. Pure.

A wall time that a clock change skips moves on by the change (02:30 is 03:30), one that comes twice is the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

# The window of two days ago may still be open in a zone that skipped a day; of a single weekday, the next is at most 8 days ahead.
_DAYS_BACK = 2
_DAYS_AHEAD = 16


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end`, over midnight if `end` is not after `start`.

    `days`: the weekdays of `start`, 0 = Monday.
    """

    start: time
    end: time
    days: frozenset[int]


def window(hours: QuietHours, zone: tzinfo, now: datetime) -> tuple[datetime, datetime] | None:
    """The window that is open at `now`, or the next one, in UTC. None if `days` is empty."""
    today = now.astimezone(zone).date()
    for offset in range(-_DAYS_BACK, _DAYS_AHEAD):
        day = today + timedelta(days=offset)
        if day.weekday() in hours.days:
            begins, ends = _window_of(hours, zone, day)
            if begins < ends and now < ends:
                return begins, ends
    return None


def _window_of(hours: QuietHours, zone: tzinfo, day: date) -> tuple[datetime, datetime]:
    last = day if hours.start < hours.end else day + timedelta(days=1)
    return _instant(day, hours.start, zone), _instant(last, hours.end, zone)


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
