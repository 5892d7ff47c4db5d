"""Times of digests: at the user's local time, over every clock change of every zone."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from notifier.services.preferences.digest_times import next_time

EIGHT = time(8)


def times(frequency: str, zone: str, start: datetime, count: int, at: time = EIGHT, weekday: int = 0) -> list[datetime]:
    found, now = [], start
    for _ in range(count):
        now = next_time(frequency, ZoneInfo(zone), at, weekday, now)
        found.append(now)
    return found


def test_daily_digest_is_at_eight_on_both_clock_changes() -> None:
    spring = times("daily", "Europe/Berlin", datetime(2027, 3, 26, 12, tzinfo=UTC), 3)
    autumn = times("daily", "Europe/Berlin", datetime(2026, 10, 23, 12, tzinfo=UTC), 3)

    assert [one.isoformat() for one in spring] == ["2027-03-27T07:00:00+00:00", "2027-03-28T06:00:00+00:00", "2027-03-29T06:00:00+00:00"]
    assert [one.isoformat() for one in autumn] == ["2026-10-24T06:00:00+00:00", "2026-10-25T07:00:00+00:00", "2026-10-26T07:00:00+00:00"]


def test_time_that_a_clock_change_skips_or_doubles_comes_once() -> None:
    skipped = times("daily", "Europe/Berlin", datetime(2027, 3, 27, 2, tzinfo=UTC), 2, at=time(2, 30))
    doubled = times("daily", "Europe/Berlin", datetime(2026, 10, 24, 2, tzinfo=UTC), 2, at=time(2, 30))

    assert [one.isoformat() for one in skipped] == ["2027-03-28T01:30:00+00:00", "2027-03-29T00:30:00+00:00"]
    assert [one.isoformat() for one in doubled] == ["2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"]


def test_weekly_digest_is_on_its_weekday() -> None:
    found = times("weekly", "America/New_York", datetime(2026, 10, 29, tzinfo=UTC), 3, weekday=6)

    local = [one.astimezone(ZoneInfo("America/New_York")) for one in found]
    assert [(one.weekday(), one.hour) for one in local] == [(6, 8)] * 3
    assert [one.date().isoformat() for one in local] == ["2026-11-01", "2026-11-08", "2026-11-15"]


def test_hourly_digest_is_at_the_full_hour_of_the_zone() -> None:
    assert times("hourly", "Asia/Kolkata", datetime(2026, 11, 1, 10, 10, tzinfo=UTC), 2) == [
        datetime(2026, 11, 1, 10, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 11, 30, tzinfo=UTC),
    ]


def test_each_zone_has_one_digest_for_each_day_of_a_year() -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    wrong = []
    for zone in sorted(available_timezones()):
        days = [one.astimezone(ZoneInfo(zone)) for one in times("daily", zone, start, 365)]
        gaps = {later.date() - earlier.date() for earlier, later in itertools.pairwise(days)}
        if gaps != {timedelta(days=1)} or {(one.hour, one.minute) for one in days} != {(8, 0)}:
            wrong.append(zone)

    assert wrong == []
