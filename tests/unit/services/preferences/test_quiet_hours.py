"""Windows of quiet hours against an independent reckoning, over clock changes of many zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo, available_timezones

from notifier.services.preferences.quiet_hours import QuietHours, window

EVERY_DAY = frozenset(range(7))
NIGHT = QuietHours(time(22), time(7), EVERY_DAY)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
ZONES_OF_THE_SUITE = 25


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_night_is_an_hour_shorter_or_longer_at_clock_changes_in_berlin() -> None:
    nights = {
        "2026-10-23T12:00": ("2026-10-23T20:00", "2026-10-24T05:00"),
        "2026-10-24T12:00": ("2026-10-24T20:00", "2026-10-25T06:00"),
        "2026-10-25T00:30": ("2026-10-24T20:00", "2026-10-25T06:00"),
        "2026-10-25T12:00": ("2026-10-25T21:00", "2026-10-26T06:00"),
        "2027-03-27T12:00": ("2027-03-27T21:00", "2027-03-28T05:00"),
        "2027-03-28T12:00": ("2027-03-28T20:00", "2027-03-29T05:00"),
    }
    assert {at: window(NIGHT, BERLIN, utc(at)) for at in nights} == {at: (utc(begin), utc(end)) for at, (begin, end) in nights.items()}


def test_window_that_ends_now_gives_the_next_one() -> None:
    assert window(NIGHT, BERLIN, utc("2026-11-21T06:00")) == (utc("2026-11-21T21:00"), utc("2026-11-22T06:00"))
    assert window(NIGHT, BERLIN, utc("2026-11-21T05:59:59")) == (utc("2026-11-20T21:00"), utc("2026-11-21T06:00"))


def test_days_are_those_on_which_a_window_begins() -> None:
    saturday = QuietHours(time(22), time(7), frozenset({5}))
    assert window(saturday, BERLIN, utc("2026-11-22T03:00")) == (utc("2026-11-21T21:00"), utc("2026-11-22T06:00"))
    assert window(saturday, BERLIN, utc("2026-11-22T06:00")) == (utc("2026-11-28T21:00"), utc("2026-11-29T06:00"))
    assert window(QuietHours(time(22), time(7), frozenset()), BERLIN, utc("2026-11-22T03:00")) is None


def test_window_that_a_clock_change_skips_is_left_out() -> None:
    skipped = QuietHours(time(2, 30), time(3, 15), EVERY_DAY)
    assert window(skipped, BERLIN, utc("2027-03-28T00:00")) == (utc("2027-03-29T00:30"), utc("2027-03-29T01:15"))


def test_windows_of_some_zones_agree_with_an_independent_reckoning() -> None:
    assert disagreements(Random(20260101).sample(sorted(available_timezones()), ZONES_OF_THE_SUITE)) == []


def disagreements(zones: list[str]) -> list[str]:
    """Compare windows round each clock change of 2026 and 2027: every quarter of an hour is inside or outside for both."""
    found = []
    shapes = [NIGHT, QuietHours(time(1), time(4, 30), EVERY_DAY), QuietHours(time(23, 30), time(23, 15), frozenset({5, 6}))]
    for name in zones:
        zone = ZoneInfo(name)
        for change in clock_changes(zone):
            for hours in shapes:
                opened = instants(hours, zone, change)
                for quarter in range(-4 * 30, 4 * 30):
                    at = change + quarter * timedelta(minutes=15)
                    open_ = window(hours, zone, at)
                    assert open_ is not None
                    if (open_[0] <= at) != any(begin <= at < end for begin, end in opened):
                        found.append(f"{name} {hours} {at}")
    return found


def clock_changes(zone: ZoneInfo) -> list[datetime]:
    """The instants, to the quarter of an hour, at which the offset from UTC changes in 2026 and 2027."""
    at, changes = datetime(2026, 1, 1, tzinfo=UTC), []
    while at.year < 2028:
        if (at + 24 * HOUR).astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset():
            quarter = at
            while (quarter + HOUR / 4).astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset():
                quarter += HOUR / 4
            changes.append(quarter + HOUR / 4)
        at += 24 * HOUR
    return changes


def instants(hours: QuietHours, zone: ZoneInfo, near: datetime) -> list[tuple[datetime, datetime]]:
    """Windows near an instant, reckoned from offsets: a wall time minus the offset that is in force before the clock change."""
    found = []
    day = (near - timedelta(days=4)).astimezone(zone).date()
    for number in range(9):
        begins = day + timedelta(days=number)
        if begins.weekday() in hours.days:
            ends = begins if hours.start < hours.end else begins + timedelta(days=1)
            found.append((_reckoned(begins, hours.start, zone), _reckoned(ends, hours.end, zone)))
    return found


def _reckoned(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant with this wall time; for one that is skipped, that which the old offset gives."""
    wall = datetime.combine(day, at)
    probes = {(wall.replace(tzinfo=UTC) + shift * HOUR).astimezone(zone).utcoffset() for shift in (-36, 36)}
    candidates = sorted(wall.replace(tzinfo=UTC) - offset for offset in probes if offset is not None)
    fitting = [instant for instant in candidates if instant.astimezone(zone).replace(tzinfo=None) == wall]
    if fitting:
        return fitting[0]
    before = (wall.replace(tzinfo=UTC) - 36 * HOUR).astimezone(zone).utcoffset()
    assert before is not None
    return wall.replace(tzinfo=UTC) - before
