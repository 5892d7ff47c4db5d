"""Supervised greenlets: without one of them streams would hang silently."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import logging, gevent
from notifier.realtime.bus import LocalBus
from notifier.realtime.stream_server import StreamServer
from notifier.realtime.feed import Feed
from notifier.realtime.hub import Hub, Limits
from notifier.realtime.stream import Opening

class Reader:
    calls = 0

    def moved(self):
        self.calls += 1
        {fate}

    def age(self, changed_at):
        return 0.0

logging.basicConfig()
hub = Hub(Limits(10, 10, 65536, 30), heartbeat_seconds=30, keepalive_seconds=15)
reader = Reader()
feed = Feed(hub, reader, poll_seconds=0.01, replay_limit=10)
StreamServer(hub, feed, LocalBus(feed)).stream(Opening("user:1", 1, "alice", 0, None, 60, "a stream", None, 0))
with gevent.Timeout(20):
    while reader.calls < 3:
        gevent.idle()
print("still here")
"""


@pytest.mark.parametrize("fate", ["raise RuntimeError('no more')", "raise gevent.GreenletExit"])
def test_the_end_of_a_supervised_greenlet_ends_the_process(fate: str) -> None:
    ended = run(fate)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Feed.run ended, and with it this process" in ended.stderr


def test_the_process_runs_as_long_as_its_greenlets() -> None:
    ended = run("return False")

    assert (ended.returncode, ended.stdout) == (0, "still here\n")


def run(fate: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PROGRAM.format(fate=fate)], capture_output=True, text=True, timeout=30, check=False)
