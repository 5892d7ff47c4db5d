"""Choices of times and their texts, in the user's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.services.preferences.local_times import ahead, day_and_time, local, until

BERLIN = ZoneInfo("Europe/Berlin")
SATURDAY = datetime(2027, 3, 27, 22, 30, tzinfo=UTC)  # 23:30 in Berlin, the night of a clock change


def test_choices_are_wall_times_of_the_zone() -> None:
    assert ahead("hour", BERLIN, SATURDAY) == SATURDAY + timedelta(hours=1)
    assert ahead("tomorrow", BERLIN, SATURDAY) == datetime(2027, 3, 28, 6, tzinfo=UTC)
    assert ahead("monday", BERLIN, SATURDAY) == datetime(2027, 3, 29, 6, tzinfo=UTC)
    assert ahead("monday", BERLIN, datetime(2027, 3, 29, 5, tzinfo=UTC)) == datetime(2027, 4, 5, 6, tzinfo=UTC)


def test_texts_name_the_day_only_where_it_is_needed() -> None:
    hours = {1: "tomorrow 00:30", 60: "Tuesday 12:30", 24 * 9: "6 April 2027 00:30", -1: "today 22:30"}
    assert {ahead: day_and_time(SATURDAY + timedelta(hours=ahead), BERLIN, SATURDAY) for ahead in hours} == hours
    assert until(SATURDAY - timedelta(hours=1), BERLIN, SATURDAY) == "22:30"


def test_wall_time_of_a_form_is_in_the_zone() -> None:
    assert local("2027-03-28T08:00", BERLIN) == datetime(2027, 3, 28, 6, tzinfo=UTC)
    for wrong in ("", "tomorrow", "2027-03-28T08:00Z"):
        with pytest.raises(ValueError):
            local(wrong, BERLIN)
