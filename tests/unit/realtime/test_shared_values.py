"""Streams that are opened alike share what they keep."""

from __future__ import annotations

from notifier.realtime.shared_values import shared, tenth
from tests.unit.realtime.conftest import View


def test_equal_values_become_one_object() -> None:
    first, second = ((7, name) for name in ("alice", "alice"))

    assert shared(first) is shared(second) is first


def test_values_of_different_types_stay_apart() -> None:
    assert [type(shared(value)) for value in (1, 1.0, True)] == [int, float, bool]


def test_a_tenth_of_a_second_is_never_later() -> None:
    assert tenth(100.19) == 100.1
    assert tenth(100.19) is tenth(100.11)


def test_the_end_of_a_stream_without_end_is_kept() -> None:
    assert tenth(float("inf")) == float("inf")


def test_streams_of_a_user_share_their_grant_and_how_they_are_written(view: View) -> None:
    first, second = (view(1, grant=(7, number)).connection for number in (1, 1))

    assert first.grant is second.grant
    assert first.wire is second.wire
