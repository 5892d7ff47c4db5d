"""Updates of sessions in a test, and the progress that a viewer got."""

from __future__ import annotations

from notifier.realtime.feed import Feed
from notifier.realtime.topic_names import session_topic
from tests.unit.realtime.greenlets import settle
from tests.unit.realtime.inboxes import Inboxes
from tests.unit.realtime.viewer import Viewer

ALICE, BOB = 1, 2
JOB, OTHER = 7, 8


def update(feed: Feed, inboxes: Inboxes, session: int = JOB, times: int = 1, *, ended: bool = False) -> None:
    for _ in range(times):
        inboxes.move(session, ended=ended)
        feed.mark([session_topic(session)])
        settle()


def progress(viewer: Viewer) -> list[str]:
    return [line for line in viewer.lines if line.startswith("progress")]
