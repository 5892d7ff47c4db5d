"""A session whose job or server is killed: watchers get its last state, `stalled`, or its end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from notifier.services.permissions import Viewer
from notifier.services.sessions import sessions
from notifier.services.sessions.drafts import Move
from tests.api_client import STREAM_PATH, Person
from tests.sessions import begin, move, watch
from tests.site import Site
from tests.sse import Event, Fleet, Stream

SILENCE_SECONDS = 2
# The limit, one interval of the scheduler, and a margin for a busy machine.
STALLED_WITHIN_SECONDS = SILENCE_SECONDS + 1 + 4
WATCHERS = 20

# Reports its progress once, and then stays silent until it is killed.
JOB = """
import json, sys, threading, urllib.request
url, token, percent = sys.argv[1:]
body = json.dumps({"status": "transcoding", "progress": int(percent)}).encode()
urllib.request.urlopen(urllib.request.Request(url, body, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}))
print("said", flush=True)
threading.Event().wait()
"""


@contextmanager
def job(creator: Person, id: str, percent: int) -> Iterator[subprocess.Popen[str]]:
    """A job in a separate process that has reported `percent`."""
    url = f"{creator.api.url}/api/sessions/{id}/status"
    with subprocess.Popen([sys.executable, "-c", JOB, url, creator.token, str(percent)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "said\n"
            yield process
        finally:
            process.kill()


def standing(event: Event) -> tuple[str, int]:
    told = json.loads(event.data)
    return told["status"], told["progress"]


def is_at(status: str, progress: int) -> Callable[[Event], bool]:
    return lambda event: event.name in ("progress", "complete") and standing(event) == (status, progress)


def test_killed_job_is_stalled_within_its_limit(dana: Person, alice: Person) -> None:
    id = begin(dana, alice, silence_seconds=SILENCE_SECONDS)
    own, beside = watch(alice, id), alice.connected()
    with job(dana, id, 45) as running:
        for stream in (own, beside):
            stream.until(is_at("transcoding", 45), timeout=10)
        running.kill()
        killed_at = time.monotonic()

        for stream in (own, beside):
            stream.until(is_at("stalled", 45), timeout=10)

    assert time.monotonic() - killed_at < STALLED_WITHIN_SECONDS
    with job(dana, id, 46):
        for stream in (own, beside):
            stream.until(is_at("transcoding", 46), timeout=10)


@pytest.mark.timeout(120)
def test_watchers_resume_after_a_server_kill(site: Site, dana: Person) -> None:
    people = [site.person(f"person{number}") for number in range(WATCHERS)]
    id = begin(dana, people[0], *people[1:])
    path = f"/api/sessions/{id}/status/stream"
    with Fleet() as before, Fleet() as after:
        before.open(site.url + path, [person.token for person in people])
        move(dana, id, "transcoding", 45)
        before.wait(lambda stream: bool(stream.events) and standing(stream.events[-1]) == ("transcoding", 45))

        site.server.kill()
        before.wait(lambda stream: stream.closed)
        site.server.restart()

        for person, stream in zip(people, before.streams, strict=True):
            after.add(Stream(site.url + path, person.token, last_event_id=stream.last_event_id, wait=None))
        after.wait(lambda stream: bool(stream.events), timeout=20)
        assert {standing(stream.events[0]) for stream in after.streams} == {("transcoding", 45)}
        move(dana, id, "transcoding", 60)
        move(dana, id, "processed")
        after.wait(lambda stream: stream.closed, timeout=20)
        assert {stream.events[-1].name for stream in after.streams} == {"complete"}
        assert all(stream.ended_cleanly for stream in after.streams)


def test_session_ended_while_the_server_was_away_is_reported(site: Site, dana: Person, alice: Person) -> None:
    """In-process code can end a session while the server is down."""
    id = begin(dana, alice)
    own, beside = watch(alice, id), alice.connected()
    own.next()
    cursor = beside.last_event_id
    site.server.kill()
    with site.elsewhere():
        sessions.move(id, Move(status="processed"), Viewer(None, admin=True, sender="local"))
    site.server.restart()

    again = watch(alice, id, last_event_id=own.last_event_id)
    assert again.wait_closed() and [event.name for event in again.events] == ["complete"]
    resumed = alice.stream(STREAM_PATH, last_event_id=cursor)
    assert resumed.until("notification").json["type"] == "session_complete"
