"""The feed brings each change once and in order, whether it is told of it once, often or late."""

from __future__ import annotations

from notifier.realtime.feed import Feed
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import settle, until
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Lines, Viewer

ALICE, BOB, CAROL = 1, 2, 3


def test_with_a_cursor_it_starts_there_and_catches_up(feed: Feed, truth: Inboxes, view: View) -> None:
    truth.commit(ALICE, 5)

    alice = view(ALICE, 3)

    until(lambda: alice.lines)
    assert alice.lines == ["user 1 connected 3", "change 4", "change 5"]


def test_with_the_newest_cursor_there_is_nothing_to_catch_up(feed: Feed, truth: Inboxes, view: View) -> None:
    truth.commit(ALICE, 5)

    alice = view(ALICE, 5)

    until(lambda: alice.lines)
    assert alice.lines == ["user 1 connected 5"]


def test_a_hint_brings_what_was_committed_to_each_stream_of_the_user(feed: Feed, truth: Inboxes, view: View) -> None:
    viewers = [view(ALICE), view(ALICE)]
    settle()
    truth.commit(ALICE)

    feed.mark(["user:1"])

    until(lambda: all("change 1" in viewer.lines for viewer in viewers))


def test_it_brings_nothing_to_anybody_else(feed: Feed, truth: Inboxes, view: View) -> None:
    bob = view(BOB)
    settle()
    truth.commit(ALICE)
    truth.commit(BOB)
    view(ALICE)

    feed.mark(["user:1"])

    settle()
    assert bob.lines == ["user 2 connected 0"]


def test_a_hint_for_a_user_nobody_watches_reads_nothing(feed: Feed, truth: Inboxes, view: View) -> None:
    settle()
    truth.commit(CAROL)

    feed.mark(["user:3", "user:4", "session:5", "nonsense"])

    settle()
    assert truth.reads == []


def test_hints_that_repeat_and_come_late_bring_each_change_once(feed: Feed, truth: Inboxes, view: View) -> None:
    alice = view(ALICE)
    settle()
    for _ in range(5):
        truth.commit(ALICE)
        feed.mark(["user:1"] * 3)
        settle()
        feed.mark(["user:1"])

    until(lambda: "change 5" in alice.lines)
    assert alice.lines == ["user 1 connected 0", *(f"change {seq}" for seq in range(1, 6))]


def test_changes_that_come_together_are_read_together(feed: Feed, truth: Inboxes, view: View) -> None:
    alice = view(ALICE)
    settle()
    truth.reads.clear()
    truth.commit(ALICE, 5)

    feed.mark(["user:1"])

    until(lambda: "change 5" in alice.lines)
    assert truth.reads == [[(ALICE, 0)]]


def test_streams_at_the_same_place_are_rendered_for_once(feed: Feed, truth: Inboxes, view: View) -> None:
    lines = Lines()
    viewers = [view(ALICE, renderer=lines) for _ in range(3)]
    settle()
    truth.commit(ALICE)

    feed.mark(["user:1"])

    until(lambda: all("change 1" in viewer.lines for viewer in viewers))
    assert lines.asked == 1


def test_streams_at_different_places_get_each_what_is_behind_their_own(feed: Feed, truth: Inboxes, view: View) -> None:
    truth.commit(ALICE, 5)

    viewers = [view(ALICE, seq) for seq in (1, 4, 5)]

    until(lambda: all(viewer.lines for viewer in viewers))
    assert [len(viewer.lines) - 1 for viewer in viewers] == [4, 1, 0]


def test_a_stream_opened_while_the_truth_is_read_misses_nothing(feed: Feed, truth: Inboxes, view: View) -> None:
    truth.commit(ALICE, 5)
    late: list[Viewer] = []
    truth.during_read = lambda: late.append(view(ALICE, 2)) if not late else None

    view(ALICE, 4)

    until(lambda: late and "change 5" in late[0].lines)
    assert late[0].lines == ["user 1 connected 2", "change 3", "change 4", "change 5"]


def test_a_stream_whose_client_has_seen_more_than_the_read_in_flight_waits_for_the_next(feed: Feed, truth: Inboxes, view: View) -> None:
    late: list[Viewer] = []

    def arrive() -> None:
        if not late:
            truth.commit(ALICE)
            late.append(view(ALICE, 1))

    truth.during_read = arrive

    view(ALICE)

    until(lambda: late and late[0].lines)
    assert late[0].lines == ["user 1 connected 1"]


def test_what_did_not_fit_into_one_read_comes_with_the_next(feed: Feed, truth: Inboxes, view: View) -> None:
    truth.rows_at_once = 3
    truth.commit(ALICE, 3)
    truth.commit(BOB, 3)

    alice, bob = view(ALICE, 0), view(BOB, 0)

    until(lambda: "change 3" in alice.lines and "change 3" in bob.lines)
    assert len(truth.reads) == 2


def test_many_users_are_read_in_batches(feed: Feed, truth: Inboxes, view: View) -> None:
    viewers = [view(user) for user in range(1, 252)]

    until(lambda: all(viewer.lines for viewer in viewers))
    assert sorted(len(wants) for wants in truth.reads) == [1, 250]


def test_the_streams_of_a_user_who_is_gone_end(feed: Feed, truth: Inboxes, view: View) -> None:
    alice, bob = view(ALICE), view(BOB)
    settle()
    truth.remove(ALICE)

    feed.mark(["user:1", "user:2"])

    until(lambda: alice.ended)
    assert alice.lines[-1] == "bye revoked"
    assert not bob.ended
