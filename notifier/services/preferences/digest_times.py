"""When digests are due: hourly, daily or weekly at a local time. Pure.

A wall time that a clock change skips moves on by the change, one that comes twice is the first.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

FREQUENCIES = ("hourly", "daily", "weekly")
# A zone that skips a day at its clock change has the wanted weekday only a week later.
_DAYS_AHEAD = 16


def next_time(frequency: str, zone: tzinfo, at: time, weekday: int, now: datetime) -> datetime:
    """The first time after `now`, in UTC.

    `at`: the local time of daily and weekly digests; `weekday`: 0 = Monday.
    """
    if frequency == "hourly":
        return _next_hour(zone, now)
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(-1, _DAYS_AHEAD))
    times = (_instant(day, at, zone) for day in days if frequency == "daily" or day.weekday() == weekday)
    return next(instant for instant in times if instant > now)


def _next_hour(zone: tzinfo, now: datetime) -> datetime:
    """The next full hour on the user's clock: zones may be off by half an hour."""
    local = now.astimezone(zone)
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return now.astimezone(UTC) - into + timedelta(hours=1)


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
