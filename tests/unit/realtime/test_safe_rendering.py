"""Changes that fail to render are replaced by `unreadable`, and no others."""

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
    """Raises over the messages in `bad`, as a broken template would."""

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


def rendered(renderer: Any, *steps: tuple[int, int], length: int = 1, most: int = MOST) -> list[Event]:
    """Events for `steps`, pairs of (seq, message id)."""
    changes = [Change(seq, seq, "unread", message) for seq, message in steps]
    messages = {message: f"{message}" * length for _, message in steps}
    page = Page(seq=9, unread=3, floor=0, behind=len(changes), access=0, changes=changes)
    parser = Parser()
    parser.feed(safe_rendering.changes(renderer, changes, 0, page, Snapshot("e", {}, messages), most_bytes=most), 0.0)
    return parser.events


def summary(events: list[Event]) -> list[tuple[str, str, str | None]]:
    return [(event.name, event.data, event.id) for event in events]


def test_readable_changes_are_rendered_by_the_renderer() -> None:
    assert summary(rendered(Failing(), (1, 1), (2, 2))) == [("shown", "1", "e-1"), ("shown", "2", "e-2")]


def test_a_renderer_that_fails_over_one_message_renders_the_others() -> None:
    events = rendered(Failing(2), (1, 1), (2, 2), (3, 3))
    assert summary(events) == [("shown", "1", "e-1"), ("unreadable", '{"seq":2,"unread_count":3}', "e-2"), ("shown", "3", "e-3")]


def test_readable_changes_of_a_step_come_last_because_the_last_has_the_id() -> None:
    events = rendered(Failing(1, 3), (5, 1), (5, 2), (5, 3), (5, 4))
    assert summary(events) == [("unreadable", '{"seq":5,"unread_count":3}', None), ("shown", "2", None), ("shown", "4", "e-5")]


def test_a_long_replay_of_short_steps_is_not_too_long() -> None:
    assert len(rendered(Failing(), *((seq, seq) for seq in range(1, 10)), length=100, most=200)) == 9


def test_a_step_longer_than_a_backlog_is_too_long() -> None:
    with pytest.raises(safe_rendering.TooLong):
        rendered(Failing(), (1, 1), (2, 2), length=300, most=200)
