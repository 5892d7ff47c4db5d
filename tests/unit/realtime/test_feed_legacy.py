"""Formats of older systems: bytes before the first event, changes without an event, no `reset`."""

from __future__ import annotations

from collections.abc import Sequence

from notifier.realtime.connection import LOST
from notifier.realtime.feed import Feed
from notifier.realtime.snapshot import Change, Page, Snapshot
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Lines

ALICE = 1


class Legacy(Lines):
    """Has no event for the start, for odd changes and for a reset: its clients reconnect."""

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        return b""

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        return super().changes([change for change in changes if change.seq % 2 == 0], after, page, snapshot)

    def reset(self, epoch: str, page: Page) -> None:  # type: ignore[override]
        return None


def test_first_bytes_of_an_opening_come_before_the_events_of_the_feed(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE)

    alice = view(ALICE, 0, head=b"head\n", first=b"first\n")

    until(lambda: len(alice.lines) == 4)
    assert alice.lines == ["head", "first", "user 1 connected 0", "change 1"]


def test_a_change_without_an_event_does_not_end_the_chunked_response(feed: Feed, inboxes: Inboxes, view: View) -> None:
    alice = view(ALICE, 0, renderer=Legacy(), chunked=True)
    for _ in range(2):
        inboxes.commit(ALICE)
        feed.mark(["user:1"])
        until(lambda: alice.connection.seq == inboxes.seq(ALICE))

    until(lambda: alice.received or alice.lines)
    assert alice.received == b"9\r\nchange 2\n\r\n"


def test_a_stream_whose_format_has_no_reset_ends_instead(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE, 3)
    legacy, current = view(ALICE, LOST, renderer=Legacy()), view(ALICE, LOST)

    until(lambda: legacy.ended)
    until(lambda: current.lines)
    assert legacy.received == b""
    assert current.lines == ["user 1 connected nowhere", "reset 3"]
