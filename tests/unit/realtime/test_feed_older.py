"""What the doors of older systems need of the feed: words before its first, silence, and a format that has no `reset`."""

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


class Older(Lines):
    """Says nothing at the beginning, and of odd changes; starts anew by a new connection."""

    def connected(self, user_id: str, epoch: str, seq: int | None, page: Page) -> bytes:
        return b""

    def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
        return super().changes([change for change in changes if change.seq % 2 == 0], after, page, snapshot)

    def reset(self, epoch: str, page: Page) -> None:  # type: ignore[override]
        return None


def test_what_a_stream_begins_with_comes_before_what_the_feed_says(feed: Feed, truth: Inboxes, view: View) -> None:
    truth.commit(ALICE)

    alice = view(ALICE, 0, head=b"head\n", first=b"first\n")

    until(lambda: len(alice.lines) == 4)
    assert alice.lines == ["head", "first", "user 1 connected 0", "change 1"]


def test_what_is_not_worth_a_word_does_not_end_the_response(feed: Feed, truth: Inboxes, view: View) -> None:
    alice = view(ALICE, 0, renderer=Older(), chunked=True)
    for _ in range(2):
        truth.commit(ALICE)
        feed.mark(["user:1"])
        until(lambda: alice.connection.seq == truth.seq(ALICE))

    until(lambda: alice.received or alice.lines)
    assert alice.received == b"9\r\nchange 2\n\r\n"


def test_a_stream_that_is_lost_ends_where_its_format_has_no_word_for_it(feed: Feed, truth: Inboxes, view: View) -> None:
    truth.commit(ALICE, 3)
    older, newer = view(ALICE, LOST, renderer=Older()), view(ALICE, LOST)

    until(lambda: older.ended)
    until(lambda: newer.lines)
    assert older.received == b""
    assert newer.lines == ["user 1 connected nowhere", "reset 3"]
