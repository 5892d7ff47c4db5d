"""The feed sends each change once and in order, whether its hint comes once, often or late."""

from __future__ import annotations

from collections.abc import Sequence

import gevent
import pytest

from notifier.realtime.feed import Feed
from notifier.realtime.snapshot import Change, Page, Snapshot
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import settle, until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import LINES, Lines, Viewer

ALICE, BOB, CAROL = 1, 2, 3


class Lists(Lines):
    """A renderer that shows the number of listed notifications."""

    shows_listed = True


def test_a_stream_with_a_cursor_replays_changes_after_it(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE, 5)

    alice = view(ALICE, 3)

    until(lambda: alice.lines)
    assert alice.lines == ["user 1 connected 3", "change 4", "change 5"]


def test_a_stream_with_the_newest_cursor_replays_nothing(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE, 5)

    alice = view(ALICE, 5)

    until(lambda: alice.lines)
    assert alice.lines == ["user 1 connected 5"]


def test_a_hint_sends_the_change_to_each_stream_of_the_user(feed: Feed, inboxes: Inboxes, view: View) -> None:
    viewers = [view(ALICE), view(ALICE)]
    settle()
    inboxes.commit(ALICE)

    feed.mark(["user:1"])

    until(lambda: all("change 1" in viewer.lines for viewer in viewers))


def test_a_hint_sends_nothing_to_other_users(feed: Feed, inboxes: Inboxes, view: View) -> None:
    bob = view(BOB)
    settle()
    inboxes.commit(ALICE)
    inboxes.commit(BOB)
    view(ALICE)

    feed.mark(["user:1"])

    settle()
    assert bob.lines == ["user 2 connected 0"]


def test_a_hint_for_a_topic_without_subscribers_reads_nothing(feed: Feed, inboxes: Inboxes, view: View) -> None:
    settle()
    inboxes.commit(CAROL)

    feed.mark(["user:3", "user:4", "session:5", "nonsense"])

    settle()
    assert inboxes.reads == []


def test_listed_notifications_are_counted_only_for_streams_that_show_them(feed: Feed, inboxes: Inboxes, view: View) -> None:
    for user, renderer in ((ALICE, LINES), (BOB, Lists())):
        view(user, renderer=renderer)
        settle()
        inboxes.commit(user)
        feed.mark([f"user:{user}"])
        settle()

    assert inboxes.listed == [False, False, True, True]


def test_repeated_and_late_hints_send_each_change_once(feed: Feed, inboxes: Inboxes, view: View) -> None:
    alice = view(ALICE)
    settle()
    for _ in range(5):
        inboxes.commit(ALICE)
        feed.mark(["user:1"] * 3)
        settle()
        feed.mark(["user:1"])

    until(lambda: "change 5" in alice.lines)
    assert alice.lines == ["user 1 connected 0", *(f"change {seq}" for seq in range(1, 6))]


def test_changes_behind_one_hint_are_read_together(feed: Feed, inboxes: Inboxes, view: View) -> None:
    alice = view(ALICE)
    settle()
    inboxes.reads.clear()
    inboxes.commit(ALICE, 5)

    feed.mark(["user:1"])

    until(lambda: "change 5" in alice.lines)
    assert inboxes.reads == [[(ALICE, 0)]]


def test_streams_at_the_same_cursor_are_rendered_once(feed: Feed, inboxes: Inboxes, view: View) -> None:
    lines = Lines()
    viewers = [view(ALICE, renderer=lines) for _ in range(3)]
    settle()
    inboxes.commit(ALICE)

    feed.mark(["user:1"])

    until(lambda: all("change 1" in viewer.lines for viewer in viewers))
    assert lines.asked == 1


def test_streams_at_different_cursors_get_the_changes_after_their_own(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE, 5)

    viewers = [view(ALICE, seq) for seq in (1, 4, 5)]

    until(lambda: all(viewer.lines for viewer in viewers))
    assert [len(viewer.lines) - 1 for viewer in viewers] == [4, 1, 0]


def test_a_stream_opened_during_a_read_misses_nothing(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.commit(ALICE, 5)
    late: list[Viewer] = []
    inboxes.during_read = lambda: late.append(view(ALICE, 2)) if not late else None

    view(ALICE, 4)

    until(lambda: late and "change 5" in late[0].lines)
    assert late[0].lines == ["user 1 connected 2", "change 3", "change 4", "change 5"]


def test_a_stream_ahead_of_the_read_in_progress_waits_for_the_next_read(feed: Feed, inboxes: Inboxes, view: View) -> None:
    late: list[Viewer] = []

    def arrive() -> None:
        if not late:
            inboxes.commit(ALICE)
            late.append(view(ALICE, 1))

    inboxes.during_read = arrive

    view(ALICE)

    until(lambda: late and late[0].lines)
    assert late[0].lines == ["user 1 connected 1"]


def test_changes_that_do_not_fit_into_one_read_are_sent_with_the_next(feed: Feed, inboxes: Inboxes, view: View) -> None:
    inboxes.rows_at_once = 3
    inboxes.commit(ALICE, 3)
    inboxes.commit(BOB, 3)

    alice, bob = view(ALICE, 0), view(BOB, 0)

    until(lambda: "change 3" in alice.lines and "change 3" in bob.lines)
    assert len(inboxes.reads) == 2


def test_many_users_are_read_in_batches(feed: Feed, inboxes: Inboxes, view: View) -> None:
    viewers = [view(user) for user in range(1, 252)]

    until(lambda: all(viewer.lines for viewer in viewers))
    assert sorted(len(wants) for wants in inboxes.reads) == [1, 250]


def test_others_run_while_many_messages_are_rendered(feed: Feed, inboxes: Inboxes, view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder(Lines):
        def changes(self, changes: Sequence[Change], after: int, page: Page, snapshot: Snapshot) -> bytes:
            order.append("rendered")
            gevent.spawn(order.append, "another")
            return super().changes(changes, after, page, snapshot)

    order: list[str] = []
    viewers = [view(user, renderer=Recorder()) for user in (ALICE, BOB)]
    settle()
    monkeypatch.setattr("notifier.realtime.feed._SLICE_SECONDS", 0)
    inboxes.commit(ALICE)
    inboxes.commit(BOB)

    feed.mark(["user:1", "user:2"])

    until(lambda: all("change 1" in viewer.lines for viewer in viewers))
    assert order == ["rendered", "another"] * 2


def test_the_streams_of_a_deleted_user_end(feed: Feed, inboxes: Inboxes, view: View) -> None:
    alice, bob = view(ALICE), view(BOB)
    settle()
    inboxes.remove(ALICE)

    feed.mark(["user:1", "user:2"])

    until(lambda: alice.ended)
    assert alice.lines[-1] == "bye revoked"
    assert not bob.ended
