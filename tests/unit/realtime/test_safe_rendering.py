"""Changes that cannot be shown cost their own events and no others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from notifier.realtime import safe_rendering
from notifier.realtime.snapshot import Change, Page, Snapshot
from notifier.realtime.sse import encode
from tests.sse.parser import Event, Parser

MOST = 10_000


class Failing:
    """Fails over the messages whose numbers are in `bad`, as a broken template would."""

    def __init__(self, *bad: int) -> None:
        self._bad = bad

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        if bad := [change.message_id for change in changes if change.message_id in self._bad]:
            raise ZeroDivisionError(bad)
        last = {change.seq: number for number, change in enumerate(changes)}
        return b"".join(
            encode(snapshot.messages[change.message_id], event="shown", id=f"e-{change.seq}" if last[change.seq] == number else None)
            for number, change in enumerate(changes)
        )


def told(renderer: Any, *steps: tuple[int, int], length: int = 1, most: int = MOST) -> list[Event]:
    """`steps`: (seq, message)."""
    changes = [Change(seq, seq, "unread", message) for seq, message in steps]
    messages = {message: f"{message}" * length for _, message in steps}
    page = Page(seq=9, unread=3, floor=0, behind=len(changes), access=0, changes=changes)
    parser = Parser()
    parser.feed(safe_rendering.changes(renderer, changes, 0, page, Snapshot("e", {}, messages), most_bytes=most), 0.0)
    return parser.events


def seen(events: list[Event]) -> list[tuple[str, str, str | None]]:
    return [(event.name, event.data, event.id) for event in events]


def test_what_can_be_shown_is_what_the_renderer_makes_of_it() -> None:
    assert seen(told(Failing(), (1, 1), (2, 2))) == [("shown", "1", "e-1"), ("shown", "2", "e-2")]


def test_a_renderer_that_fails_over_one_message_shows_the_others() -> None:
    events = told(Failing(2), (1, 1), (2, 2), (3, 3))
    assert seen(events) == [("shown", "1", "e-1"), ("unreadable", '{"seq":2,"unread_count":3}', "e-2"), ("shown", "3", "e-3")]


def test_in_a_step_of_several_the_others_come_last_since_the_last_has_the_id() -> None:
    events = told(Failing(1, 3), (5, 1), (5, 2), (5, 3), (5, 4))
    assert seen(events) == [("unreadable", '{"seq":5,"unread_count":3}', None), ("shown", "2", None), ("shown", "4", "e-5")]


def test_a_long_replay_of_short_steps_is_no_step_that_is_too_long() -> None:
    assert len(told(Failing(), *((seq, seq) for seq in range(1, 10)), length=100, most=200)) == 9


def test_a_step_longer_than_a_backlog_is_too_long() -> None:
    with pytest.raises(safe_rendering.TooLong):
        told(Failing(), (1, 1), (2, 2), length=300, most=200)
