"""Events that the feed writes are counted by kind."""

from __future__ import annotations

import pytest

from notifier.metrics import registry
from notifier.realtime.connection import LOST
from notifier.realtime.feed import Feed
from tests.unit.realtime.conftest import View
from tests.unit.realtime.greenlets import until
from tests.unit.realtime.inboxes import Inboxes

ALICE, BOB = 1, 2


class Counted:
    """Increments of metrics since it was created."""

    def __init__(self) -> None:
        self._before = {metric.name: list(metric.samples) for metric in registry.collect()}

    def __call__(self, name: str, **labels: str) -> float:
        before = sum(s.value for samples in self._before.values() for s in samples if s.name == name and labels.items() <= s.labels.items())
        now = sum(s.value for m in registry.collect() for s in m.samples if s.name == name and labels.items() <= s.labels.items())
        return now - before


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_each_event_counts_for_each_stream_it_was_written_to(feed: Feed, inboxes: Inboxes, view: View, counted: Counted) -> None:
    viewers = [view(ALICE), view(ALICE), view(BOB)]
    until(lambda: all(viewer.lines for viewer in viewers))
    inboxes.commit(ALICE)
    feed.mark(["user:1"])
    until(lambda: all("change 1" in viewer.lines for viewer in viewers[:2]))
    inboxes.commit(ALICE, 3)
    feed.mark(["user:1"])
    until(lambda: all("change 4" in viewer.lines for viewer in viewers[:2]))

    assert counted("sse_messages_sent_total", event_type="connected") == 3
    assert counted("sse_messages_sent_total", event_type="notification") == 8
    assert counted("sse_messages_sent_total", event_type="reset") == 0


def test_an_operation_counts_once_towards_delivery_and_a_replay_does_not(
    feed: Feed, inboxes: Inboxes, view: View, counted: Counted
) -> None:
    inboxes.commit(ALICE, 5)
    first, second = view(ALICE), view(ALICE, seq=5)
    until(lambda: "change 5" in first.lines and second.lines)
    assert counted("notifier_delivery_seconds_count") == 0

    inboxes.commit(ALICE)
    feed.mark(["user:1"])
    until(lambda: "change 6" in first.lines and "change 6" in second.lines)
    assert counted("notifier_delivery_seconds_count") == 1


@pytest.mark.parametrize(("seq", "resumes", "reason"), [(0, False, "new"), (0, True, "resume"), (7, True, "reset"), (LOST, True, "reset")])
def test_how_a_stream_begins_is_counted(feed: Feed, view: View, counted: Counted, seq: int, resumes: bool, reason: str) -> None:
    viewer = view(ALICE, seq=seq, resumes=resumes)
    until(lambda: viewer.lines)

    assert counted("sse_reconnection_attempts_total", reason=reason) == 1
    assert counted("sse_reconnection_attempts_total") == 1


def test_how_a_stream_ends_is_counted(feed: Feed, view: View, counted: Counted) -> None:
    viewer = view(ALICE)
    until(lambda: viewer.lines)
    viewer.connection.wire.owner.end(viewer.connection, "rotated")

    assert counted("notifier_streams_closed_total", reason="rotated") == 1
    assert counted("sse_connection_duration_seconds_count") == 1
    assert counted("sse_messages_sent_total", event_type="bye") == 1
